import styles from "./Compare.module.css";
import { type Shown, stillOf } from "./model";
import { Pair } from "./Pair";

/** Two pictures that do not move. */
export function CompareStills({ left, right }: { left: Shown; right: Shown }) {
  return (
    <Pair
      left={left.name}
      right={right.name}
      leftView={<Still of={left} />}
      rightView={<Still of={right} />}
    />
  );
}

function Still({ of: { name, playback } }: { of: Shown }) {
  return <img src={stillOf(playback) ?? ""} alt={name} draggable={false} className={styles.still} />;
}

import { useQuery } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { projectFieldsQuery } from "@/features/fields";
import { Actions, Button, Dialog, IconButton } from "@/ui";
import styles from "./SearchHelp.module.css";

/** What is typed, by the word that tells what it finds. */
const EXAMPLES = {
  words: ["opening shot"],
  phrase: ['"opening shot"'],
  prefix: ["cam*"],
  without: ["-draft", "-kind:audio"],
  named: ['title:"opening shot"', "-title:draft", "name:IMG_0042"],
  any: ["kind:video,audio", "tag:hero"],
  state: ["is:approved", "is:failed", "approval:none"],
  people: ["by:me", "by:anna"],
  place: ['collection:"Monday/Selects"', "shoot:harbour", "folder:Archive*"],
  picture: ["codec:prores", "fps:23.976", "resolution:4k"],
  compare: ["duration:>60", "size:<=20MB", "width:1920.."],
  time: ["created:2026-01..2026-03", "captured:2026-05"],
} as const;
const ROWS = Object.entries(EXAMPLES) as [keyof typeof EXAMPLES, readonly string[]][];

interface SearchHelpProps {
  project: Project;
  /** Takes an example into the search box. */
  onTry: (q: string) => void;
}

/** Everything that the search box understands, the fields of the project too. */
export function SearchHelp({ project, onTry }: SearchHelpProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { data: fields = [] } = useQuery({ ...projectFieldsQuery(project.id), enabled: isOpen });
  const tryOut = (q: string): void => {
    setOpen(false);
    onTry(q);
  };
  return (
    <>
      <IconButton label={t("searchHelp.open")} onPress={() => setOpen(true)}>
        <CircleHelp />
      </IconButton>
      <Dialog wide title={t("searchHelp.title")} isOpen={isOpen} onClose={() => setOpen(false)}>
        <p className={styles.intro}>{t("searchHelp.intro")}</p>
        <dl className={styles.rows}>
          {ROWS.map(([what, examples]) => (
            <Row key={what} told={t(`searchHelp.finds.${what}`)} examples={examples} onTry={tryOut} />
          ))}
          {fields.length > 0 ? (
            <Row told={t("searchHelp.fields")} examples={fields.map(({ key }) => `${key}:`)} onTry={tryOut} />
          ) : null}
        </dl>
        <Actions>
          <Button onPress={() => setOpen(false)}>{t("ui.close")}</Button>
        </Actions>
      </Dialog>
    </>
  );
}

interface RowProps {
  told: string;
  examples: readonly string[];
  onTry: (q: string) => void;
}

function Row({ told, examples, onTry }: RowProps) {
  const { t } = useTranslation();
  return (
    <>
      <dt className={styles.examples}>
        {examples.map((example) => (
          <button
            key={example}
            type="button"
            dir="ltr"
            aria-label={t("searchHelp.tryOut", { example })}
            onClick={() => onTry(example)}
          >
            <code>{example}</code>
          </button>
        ))}
      </dt>
      <dd>{told}</dd>
    </>
  );
}

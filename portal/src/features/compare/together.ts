import type { Player, Rate, Timebase } from "@/player";

/** Frames that the follower may be off before its speed is turned, and before it is set anew. */
const CLOSE = 0.5;
const LOST = 12;
/** How much the speed is turned for each frame off, and at most: more is heard. */
const TURN = 0.03;
const MOST_TURN = 0.12;

/** What the follower does about being so many frames ahead: a speed to play at, or a jump. */
export function correctionOf(ahead: number): number | "jump" {
  if (Math.abs(ahead) > LOST) return "jump";
  if (Math.abs(ahead) < CLOSE) return 1;
  return 1 - Math.max(-MOST_TURN, Math.min(MOST_TURN, ahead * TURN));
}

export function sameRate(one: Rate, other: Rate): boolean {
  return one.num * other.den === other.num * one.den;
}

/** The frame of one version that is on screen when another shows one of its own: the same number, or the same time. */
export function frameBeside(frame: number, from: Timebase, to: Timebase): number {
  const beside = sameRate(from.rate, to.rate)
    ? frame
    : Math.floor((frame + 0.5) * ((from.rate.den * to.rate.num) / (from.rate.num * to.rate.den)));
  return to.frameCount === null ? beside : Math.min(beside, to.frameCount - 1);
}

export interface Side {
  readonly player: Player;
  readonly timebase: Timebase;
}

/** How often the follower is looked at while both play. */
const EVERY_MS = 200;

/**
 * Two players that show the same moment. The first leads: it is followed while both play, and stopping puts the other
 * on exactly the frame that stands beside it.
 */
export class Together {
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly lead: Side;
  private readonly other: Side;

  constructor(lead: Side, other: Side) {
    this.lead = lead;
    this.other = other;
  }

  get isPlaying(): boolean {
    return this.timer !== undefined;
  }

  async play(): Promise<void> {
    const { lead, other } = this;
    const last = lead.timebase.frameCount === null ? null : lead.timebase.frameCount - 1;
    await this.seek(last !== null && lead.player.clock.current >= last ? 0 : lead.player.clock.current);
    lead.player.play();
    other.player.play();
    clearInterval(this.timer);
    this.timer = setInterval(() => this.follow(), EVERY_MS);
  }

  pause(): void {
    const { lead } = this;
    this.stop();
    void this.seek(lead.player.clock.current);
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else void this.play();
  }

  /** Shows a frame of the leader, and the one beside it. */
  async seek(frame: number): Promise<void> {
    const { lead, other } = this;
    const last = lead.timebase.frameCount === null ? Number.POSITIVE_INFINITY : lead.timebase.frameCount - 1;
    const wanted = Math.max(0, Math.min(frame, last));
    await Promise.all([
      lead.player.seek(wanted),
      other.player.seek(frameBeside(wanted, lead.timebase, other.timebase)),
    ]);
  }

  /** Stops, and moves both by frames of the leader. */
  step(frames: number): void {
    this.stop();
    const from = this.lead.player.target ?? this.lead.player.clock.current;
    void this.seek(from + frames);
  }

  /** Lets go of both. */
  end(): void {
    this.stop();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    for (const { player } of [this.lead, this.other]) {
      player.setRate(1);
      player.pause();
    }
  }

  private follow(): void {
    const { lead, other } = this;
    const [leads, follows] = [lead.player.state.get(), other.player.state.get()];
    // The end of the leader is the end of both.
    if (!leads.playing) {
      this.pause();
      return;
    }
    // Whoever waits for the network is waited for.
    lead.player.setRate(follows.waiting && !leads.waiting ? 0 : 1);
    if (leads.waiting) {
      other.player.setRate(0);
      return;
    }
    const wanted = frameBeside(lead.player.clock.current, lead.timebase, other.timebase);
    const isOver = other.timebase.frameCount !== null && wanted >= other.timebase.frameCount - 1;
    if (isOver || !follows.playing) return;
    const correction = correctionOf(other.player.clock.current - wanted);
    if (correction === "jump") void other.player.seek(wanted);
    other.player.setRate(correction === "jump" ? 1 : correction);
  }
}

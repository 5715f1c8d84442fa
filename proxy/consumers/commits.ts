import type { Position } from '#log/log.ts'
import { answered } from '../upkeep/log-deadline.ts'
import { AutoCommit } from './auto-commit.ts'
import type { Delivery } from './batch-buffer.ts'
import type { InstanceSettings } from './instance-settings.ts'
import { waitForLease } from './leases.ts'
import type { Membership } from './membership.ts'
import { Mutex } from './mutex.ts'

/** The commits of an instance, explicit and automatic, one at a time. */
export class Commits {
  readonly #membership: Membership
  readonly #autoCommit: AutoCommit | undefined
  readonly #mutex = new Mutex()

  constructor(membership: Membership, { autoCommit, autoCommitMs }: InstanceSettings) {
    this.#membership = membership
    const commitNew = (): Promise<void> => this.#mutex.run(() => answered(membership.progress.commitNew()))
    this.#autoCommit = autoCommit ? new AutoCommit(autoCommitMs, commitNew) : undefined
  }

  /** Marks messages as handed out: the next commit includes them. */
  advance(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#membership.progress.advance(delivery)
    if (deliveries.length > 0) this.#autoCommit?.schedule()
  }

  /** Commits everything handed out. */
  commit(): Promise<void> {
    return this.#mutex.run(() => answered(this.#membership.progress.commit()))
  }

  /** Commits exactly these offsets. Waits for the leases of all of them before it commits the first. */
  commitAt(positions: readonly Position[]): Promise<void> {
    const { progress } = this.#membership
    return this.#mutex.run(async () => {
      const leased: Position[] = []
      for (const position of positions) if (await waitForLease(this.#membership, position)) leased.push(position)
      for (const position of leased) await answered(progress.commitAt(position))
    })
  }

  stop(): void {
    this.#autoCommit?.stop()
  }

  /** Ends with a last automatic commit, if they are enabled. */
  async finish(): Promise<void> {
    await this.#mutex.settled()
    await this.#autoCommit?.run()
  }
}

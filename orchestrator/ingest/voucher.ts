/**
 * Knows up to which outbox entry the commits survive a power cut, which is what an engine may forget. Syncing goes on
 * beside the next batches, one at a time: what is committed meanwhile is covered by the next one.
 */
export interface Voucher {
  /** Everything up to here may be forgotten. */
  seq(): number;
  /** Committed up to here; begins to sync. */
  committed(seq: number): void;
  /** Waits until everything committed is vouched for. Throws what the disk throws; calling again tries again. */
  settle(): Promise<void>;
}

export function createVoucher(durable: () => Promise<void>): Voucher {
  let committedSeq = 0;
  let vouchedSeq = 0;
  let running: Promise<void> | null = null;

  async function catchUp(): Promise<void> {
    while (vouchedSeq < committedSeq) {
      const seq = committedSeq;
      await durable();
      vouchedSeq = seq;
    }
  }

  function run(): Promise<void> {
    running ??= catchUp().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    seq: () => vouchedSeq,
    committed: (seq) => {
      committedSeq = seq;
      // Whoever settles hears of a failure.
      run().catch(() => undefined);
    },
    settle: async () => {
      while (vouchedSeq < committedSeq) await run();
    },
  };
}

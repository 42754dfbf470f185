import assert from 'node:assert/strict';
import { TandemError } from '#kernel/errors.ts';
import { capabilities, type EngineName } from '../capability.ts';
import { engineMatrix } from '../matrix.ts';
import { arrangingConformance } from './arranging.ts';
import { changingConformance } from './changing.ts';
import { historyConformance } from './history.ts';
import { linkingConformance } from './linking.ts';
import { lookingUpConformance } from './looking-up.ts';
import { observingConformance } from './observing.ts';
import { observingChangesConformance } from './observing-changes.ts';
import { peopleConformance } from './people.ts';
import { readingConformance } from './reading.ts';
import type { MakeRig, Rig } from './rig.ts';
import { sendingConformance } from './sending.ts';
import { sessionConformance } from './session.ts';
import { linkByQr } from './tools.ts';

/** Everything that the rest of Tandem relies on, asked of a real engine process. Call inside a mocha file. */
export function engineConformance(name: EngineName, makeRig: MakeRig): void {
  describe(`conformance: ${name}`, function () {
    this.timeout(60_000);

    linkingConformance(makeRig);

    describe('while linked', () => {
      let rig: Rig;
      before(async () => {
        rig = await makeRig();
        await linkByQr(rig);
      });
      after(() => rig.close());

      it('declares exactly the capabilities that it has', async () => {
        const { capabilities: declared } = await rig.client().status();
        assert.equal(new Set(declared).size, declared.length);
        assert.deepEqual(
          capabilities.filter((capability) => declared.includes(capability)),
          engineMatrix[name],
        );
        for (const capability of capabilities) {
          // An input that fits nothing tells a missing capability from a present one without doing anything.
          const answer = await rig
            .client()
            .command(capability, { none: true } as never)
            .then(
              () => 'done',
              (error: unknown) => (error instanceof TandemError ? error.code : String(error)),
            );
          const expected = declared.includes(capability) ? 'VALIDATION_ERROR' : 'CAPABILITY_UNAVAILABLE';
          assert.equal(answer, expected, capability);
        }
      });

      observingConformance(() => rig);
      historyConformance(() => rig);
      lookingUpConformance(() => rig);
      readingConformance(() => rig);
      sendingConformance(() => rig);
      observingChangesConformance(() => rig);
      changingConformance(() => rig);
      arrangingConformance(() => rig);
      peopleConformance(() => rig);
      sessionConformance(() => rig);
    });
  });
}

import { engineConformance } from './suite.ts';
import { createSimulatorRig } from './testing/simulator-rig.ts';

engineConformance('webjs', () => createSimulatorRig('webjs'));

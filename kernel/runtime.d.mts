/** Ends the process with one clear line when this Node cannot run Tandem. */
export function requireSupportedNode(version?: string): void;
export function isSupportedNode(version: string): boolean;

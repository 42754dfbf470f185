/** What the session does inside the page. Each runs there and knows nothing from outside. */

/** A QR code that nobody scanned has expired; asks for new ones. */
export function refreshQr(): void {
  const { require: load } = globalThis as unknown as {
    require: (name: string) => { Cmd: { refreshQR(): void } };
  };
  load('WAWebCmd').Cmd.refreshQR();
}

/** Takes the session back from another page of the same profile. */
export function takeOver(): void {
  const { require: load } = globalThis as unknown as {
    require: (name: string) => { Socket: { takeover(): void } };
  };
  load('WAWebSocketModel').Socket.takeover();
}

/** Resolves when the server has unlinked this device. */
export async function logOut(): Promise<void> {
  const { require: load } = globalThis as unknown as {
    require: (name: string) => { Socket: { logout(): Promise<void> } };
  };
  await load('WAWebSocketModel').Socket.logout();
}

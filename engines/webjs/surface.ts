import type { Page } from 'puppeteer';
import type { Capability } from '#engines/contract/capability.ts';

/**
 * What each capability needs of the page: `module.name.name` of WhatsApp Web, or `WWebJS.name` of what the library puts
 * there. Only the indispensable: without one of them the capability does not work, whatever the page otherwise is.
 */
export const capabilitySurface: Readonly<Partial<Record<Capability, readonly string[]>>> = {
  'devices.list': ['WAWebApiDeviceList.getDeviceIds', 'WAWebUserPrefsMeUser.getMaybeMePnUser'],
  'send.text': ['WWebJS.sendMessage', 'WAWebMsgKey', 'WAWebUserPrefsMeUser.getMaybeMePnUser'],
  'message.react': ['WAWebSendReactionMsgAction.sendReactionToMsg'],
  'message.edit': ['WWebJS.editMessage', 'WAWebMsgActionCapability.canEditText'],
  'message.revoke': [
    'WAWebCmd.Cmd.sendRevokeMsgs',
    'WAWebCmd.Cmd.sendDeleteMsgs',
    'WAWebMsgActionCapability.canSenderRevokeMsg',
  ],
  'message.forward': ['WAWebChatForwardMessage.forwardMessages', 'WAWebMsgKey.newId'],
  'chat.markRead': ['WWebJS.sendSeen'],
  'chat.archive': ['WAWebCmd.Cmd.archiveChat'],
  'chat.pin': ['WAWebCmd.Cmd.pinChat'],
  'chat.mute': ['WAWebCollections.Chat'],
  'history.page': [
    'WAWebChatLoadMessages.loadEarlierMsgs',
    'WAWebSendNonMessageDataRequest.sendPeerDataOperationRequest',
  ],
  'group.read': ['WAWebCollections.Chat'],
  'community.read': ['WAWebCollections.Chat'],
  'contact.lookup': ['WAWebQueryExistsJob.queryWidExists', 'WAWebWidFactory.createWid'],
  'contact.picture': ['WAWebContactProfilePicThumbBridge.requestProfilePicFromServer'],
  'contact.block': [
    'WAWebBlockContactAction.blockContact',
    'WAWebBlockContactAction.unblockContact',
    'WAWebBlockContactUtils',
  ],
  'contact.blocklist': ['WAWebCollections.Blocklist'],
  'media.download': ['WAWebDownloadManager.downloadManager.downloadAndMaybeDecrypt'],
};

/** Capabilities that the page cannot serve now, and what each misses. Looks without calling anything. */
export async function missingInPage(page: Page): Promise<ReadonlyMap<Capability, readonly string[]>> {
  const paths = [...new Set(Object.values(capabilitySurface).flat())];
  const missing = new Set(await page.evaluate(findMissing, paths));
  return new Map(
    Object.entries(capabilitySurface).flatMap(([capability, needs]) => {
      const lacks = needs.filter((path) => missing.has(path));
      return lacks.length === 0 ? [] : [[capability as Capability, lacks] as const];
    }),
  );
}

/** Runs in the page. */
function findMissing(paths: readonly string[]): string[] {
  const window = globalThis as unknown as {
    require: (name: string) => unknown;
    WWebJS?: unknown;
  };
  return paths.filter((path) => {
    const [module = '', ...names] = path.split('.');
    try {
      let found = module === 'WWebJS' ? window.WWebJS : window.require(module);
      for (const name of names) found = (found as Record<string, unknown> | null | undefined)?.[name];
      return found === undefined || found === null;
    } catch {
      return true;
    }
  });
}

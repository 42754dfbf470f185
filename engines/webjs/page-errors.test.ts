import assert from 'node:assert/strict';
import { classOf, isChanged, isFromLibrary, isGone, isNoAnswer, reasonOfStart } from './page-errors.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

describe('webjs: errors of the page', () => {
  it('tells a page that is gone from one that is other than expected', () => {
    for (const gone of [
      new Error('Execution context was destroyed, most likely because of a navigation.'),
      new Error("Attempted to use detached Frame '5D83'."),
      named('TargetCloseError', 'Protocol error (Runtime.callFunctionOn): Target closed'),
      named('ConnectionClosedError', 'Connection closed.'),
      new Error('Protocol error: Session closed. Most likely the page has been closed.'),
    ]) {
      assert.equal(isGone(gone), true, gone.message);
      assert.equal(isChanged(gone), false);
      assert.equal(isFromLibrary(gone), true);
    }
    for (const changed of [
      new Error('Requiring unknown module "WAWebMsgKey".'),
      new TypeError('window.require(...).sendReactionToMsg is not a function'),
    ]) {
      assert.equal(isChanged(changed), true);
      assert.equal(isGone(changed), false);
    }
    assert.equal(isGone(new Error('no such chat')), false);
    assert.equal(isNoAnswer(named('ProtocolError', 'Runtime.callFunctionOn timed out. Increase')), true);
  });

  it('gives a start that failed its reason', () => {
    assert.equal(reasonOfStart('auth timeout'), 'never-ready');
    assert.equal(reasonOfStart(new Error('net::ERR_CONNECTION_REFUSED at https://web…')), 'page-unreachable');
    assert.equal(
      reasonOfStart(new Error('net::ERR_NAME_NOT_RESOLVED at https://web…')),
      'network-unreachable',
    );
    assert.equal(reasonOfStart(new Error('The browser is already running for /x.')), 'profile-in-use');
    assert.equal(
      reasonOfStart(new Error('Failed to launch the browser process! spawn EACCES')),
      'browser-died',
    );
    assert.equal(reasonOfStart(new Error('Requiring unknown module "WAWebConnModel".')), 'page-changed');
    assert.equal(reasonOfStart(undefined), 'never-ready');
  });

  it('shows nothing but the class', () => {
    assert.equal(classOf(new TypeError('with text of a message')), 'TypeError');
    assert.equal(classOf('text'), 'string');
    assert.equal(classOf(undefined), 'undefined');
    assert.equal(classOf(named('has a blank', '')), 'Error');
  });

  it('does not take failures of our own for the library', () => {
    assert.equal(isFromLibrary(new TypeError('x is not a function')), false);
    assert.equal(isFromLibrary(null), false);
  });
});

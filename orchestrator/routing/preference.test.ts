import assert from 'node:assert/strict';
import type { Capability } from '#engines/contract/capability.ts';
import { createFixedClock } from '#kernel/clock.ts';
import { hedgeAfterMs } from './kinds.ts';
import { checkRoutes, createPreference, type RouteTable, type Strategy } from './preference.ts';
import { createStandings } from './standing.ts';

const BOTH = ['baileys', 'webjs'] as const;

describe('preference', () => {
  const isDegraded = () => false;
  const open = (strategy: Strategy, routes: RouteTable = {}) => {
    const clock = createFixedClock(0);
    const standings = createStandings(clock);
    const preference = createPreference({ strategy, routes, standings });
    const first = (capability: Capability, turn = 0, owner?: 'baileys' | 'webjs') =>
      preference.order(capability, BOTH, { turn, owner, isDegraded })[0];
    return { clock, standings, preference, first };
  };

  it('takes the first that is configured, the owner of the message before it, the route before both', () => {
    const { first } = open('prefer-first', { 'message.edit': 'baileys', 'media.download': 'webjs' });
    assert.equal(first('group.read'), 'baileys');
    assert.equal(first('message.react', 0, 'webjs'), 'webjs');
    assert.equal(first('message.edit', 0, 'webjs'), 'baileys');
    assert.equal(first('media.download', 0, 'baileys'), 'webjs');
  });

  it('prefers an engine that is well, except where somebody asked for the other', () => {
    const { preference } = open('prefer-first', { 'media.download': 'baileys' });
    const order = (capability: Capability, owner?: 'baileys') =>
      preference.order(capability, BOTH, { turn: 0, owner, isDegraded: (engine) => engine === 'baileys' });
    assert.deepEqual(order('group.read'), ['webjs', 'baileys']);
    assert.deepEqual(order('message.edit', 'baileys'), ['baileys', 'webjs']);
    assert.deepEqual(order('media.download'), ['baileys', 'webjs']);
    assert.deepEqual(order('link.qr'), ['baileys', 'webjs']);
  });

  it('asks only the primary one, which a route may name', () => {
    const { preference } = open('primary-only', { 'media.download': 'webjs' });
    assert.deepEqual(preference.eligible('group.read', BOTH), ['baileys']);
    assert.deepEqual(preference.eligible('media.download', BOTH), ['webjs']);
    assert.deepEqual(preference.eligible('media.download', ['baileys']), ['baileys']);
    assert.deepEqual(preference.eligible('media.download', []), []);
  });

  it('takes turns, but not with what is about the engine itself', () => {
    const { first } = open('round-robin');
    assert.deepEqual(
      [0, 1, 2, 3].map((turn) => first('group.read', turn)),
      [...BOTH, ...BOTH],
    );
    assert.deepEqual(
      [0, 1].map((turn) => first('link.qr', turn)),
      ['baileys', 'baileys'],
    );
  });

  it('takes the fastest, tries one that nothing is known of, and one that was not asked for a minute', () => {
    const { first, standings, clock } = open('fastest');
    const answered = (engine: 'baileys' | 'webjs', ms: number) => {
      standings.asked(engine, 'group.read');
      standings.answered(engine, 'group.read', ms);
    };
    answered('baileys', 40);
    assert.equal(first('group.read'), 'webjs', 'nothing is known of it');
    answered('webjs', 10);
    assert.equal(first('group.read'), 'webjs');
    for (let n = 0; n < 5; n += 1) answered('webjs', 200);
    assert.equal(first('group.read'), 'baileys');
    clock.advance(30_000);
    answered('baileys', 40);
    clock.advance(30_000);
    assert.equal(first('group.read'), 'webjs', 'not asked for a minute');
    standings.asked('webjs', 'group.read');
    assert.equal(first('group.read'), 'baileys', 'one call tries it, the others do not');
  });

  it('puts behind all others whom nobody waited for, longer each time, until it answers', () => {
    const { first, standings, clock } = open('prefer-first', { 'group.read': 'baileys' });
    standings.passedOver('baileys', 'group.read', 600);
    assert.equal(first('group.read'), 'webjs');
    assert.equal(first('contact.lookup'), 'baileys', 'another capability');
    clock.advance(5_000);
    assert.equal(first('group.read'), 'baileys');
    standings.passedOver('baileys', 'group.read', 600);
    clock.advance(9_999);
    assert.equal(first('group.read'), 'webjs');
    standings.answered('baileys', 'group.read', 5);
    assert.equal(first('group.read'), 'baileys');
    standings.passedOver('baileys', 'group.read', 600);
    standings.reset('baileys');
    assert.equal(first('group.read'), 'baileys');
  });

  it('refuses routes of capabilities that do not exist', () => {
    checkRoutes({ 'media.download': 'webjs' });
    assert.throws(() => checkRoutes({ 'media.upload': 'webjs' }), {
      code: 'CONFIG_INVALID',
      message: /TANDEM_ROUTES: there is no capability media\.upload/,
    });
  });

  it('refuses routes to an engine that never has the capability', () => {
    checkRoutes({ 'message.markRead': 'baileys' });
    assert.throws(() => checkRoutes({ 'message.markRead': 'webjs' }), {
      code: 'CONFIG_INVALID',
      message: /TANDEM_ROUTES: webjs has no message\.markRead/,
    });
  });

  it('waits for an engine as long as it usually takes, within bounds', () => {
    const { standings } = open('prefer-first');
    assert.equal(hedgeAfterMs('group.read', standings.usualMs('baileys', 'group.read')), 600);
    for (let n = 1; n <= 30; n += 1) standings.answered('baileys', 'group.read', n * 10);
    assert.equal(standings.usualMs('baileys', 'group.read'), 290, 'of the last twenty');
    const patience = (capability: Capability) =>
      [10, 200, 5_000].map((usual) => hedgeAfterMs(capability, usual));
    assert.deepEqual(patience('group.read'), [250, 600, 1_200]);
    assert.deepEqual(patience('media.download'), [4_000, 4_000, 8_000]);
    for (const never of ['history.page', 'chat.pin', 'send.text', 'session.probe'] as const)
      assert.deepEqual(patience(never), [null, null, null], never);
  });
});

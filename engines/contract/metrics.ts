import type { EngineStatus } from './state.ts';
import { engineLevels } from './state.ts';

/** Counts the commands of one engine process and prints them in the Prometheus text format. */
export interface EngineMetrics {
  commandDone(name: string, outcome: string, ms: number): void;
  print(status: EngineStatus): string;
}

export function createEngineMetrics(): EngineMetrics {
  const counts = new Map<string, number>();
  const milliseconds = new Map<string, number>();
  return {
    commandDone: (name, outcome, ms) => {
      const labels = `command="${name}",outcome="${outcome}"`;
      counts.set(labels, (counts.get(labels) ?? 0) + 1);
      milliseconds.set(labels, (milliseconds.get(labels) ?? 0) + ms);
    },
    print: (status) => {
      const engine = `engine="${status.engine}"`;
      const line = (name: string, labels: string, value: number) =>
        `tandem_engine_${name}{${engine}${labels === '' ? '' : ','}${labels}} ${value}`;
      return `${[
        '# TYPE tandem_engine_level gauge',
        ...engineLevels.map((level) => line('level', `level="${level}"`, level === status.level ? 1 : 0)),
        '# TYPE tandem_engine_reconnect_attempts gauge',
        line('reconnect_attempts', '', status.reconnectAttempts),
        '# TYPE tandem_engine_outbox_entries gauge',
        line('outbox_entries', '', status.outbox.entries),
        '# TYPE tandem_engine_outbox_last_seq counter',
        line('outbox_last_seq', '', status.outbox.lastSeq),
        '# TYPE tandem_engine_resident_memory_bytes gauge',
        line('resident_memory_bytes', '', process.memoryUsage.rss()),
        '# TYPE tandem_engine_commands_total counter',
        ...[...counts].map(([labels, value]) => line('commands_total', labels, value)),
        '# TYPE tandem_engine_command_milliseconds_total counter',
        ...[...milliseconds].map(([labels, value]) =>
          line('command_milliseconds_total', labels, Math.round(value)),
        ),
      ].join('\n')}\n`;
    },
  };
}

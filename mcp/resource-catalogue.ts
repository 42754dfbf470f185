import { toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Resource } from './resource.ts';
import type { ResourceTemplate } from './resource-template.ts';
import type { Principal } from './tool.ts';

export type ResourceListing = Pick<Resource<unknown>, 'uri' | 'name' | 'title' | 'description' | 'mimeType'>;

export type ResourceTemplateListing = Pick<
  ResourceTemplate<unknown>,
  'uriTemplate' | 'name' | 'title' | 'description' | 'mimeType'
>;

export interface ResourceText {
  readonly uri: string;
  readonly mimeType: string;
  readonly text: string;
}

/** Every resource that a client can read, whether it is listed or made from a template. */
export interface ResourceCatalogue {
  readonly resources: readonly ResourceListing[];
  readonly resourceTemplates: readonly ResourceTemplateListing[];
  /** Null when there is no such resource. Throws TandemError. */
  readResource(uri: string, principal: Principal): Promise<ResourceText | null>;
  /** Calls `changed` on every change; null when there is no such resource. Throws TandemError. */
  watchResource(uri: string, principal: Principal, changed: () => void): Promise<(() => void) | null>;
}

export interface ResourceCatalogueOptions<S> {
  readonly resources: readonly Resource<S>[];
  readonly templates: readonly ResourceTemplate<S>[];
  readonly services: S;
  readonly logger: Logger;
}

/** A resource at one address, from a template or not. */
interface Addressed {
  /** Without what a caller wrote into the address. */
  readonly kind: string;
  readonly mimeType: string;
  read(principal: Principal): Promise<string | null>;
  watch(changed: () => void): () => void;
}

const nothingToStop = () => undefined;

export function createResourceCatalogue<S>(options: ResourceCatalogueOptions<S>): ResourceCatalogue {
  const { resources, templates, services, logger } = options;

  const find = (uri: string): Addressed | null => {
    const fixed = resources.find((resource) => resource.uri === uri);
    if (fixed !== undefined) {
      return {
        kind: fixed.uri,
        mimeType: fixed.mimeType,
        read: (principal) => fixed.read({ principal, services }),
        watch: (changed) => fixed.watch?.(services, changed) ?? nothingToStop,
      };
    }
    for (const template of templates) {
      const params = template.match(uri);
      if (params === null) continue;
      return {
        kind: template.uriTemplate,
        mimeType: template.mimeType,
        read: (principal) => template.read(params, { principal, services }),
        watch: (changed) => template.watch?.(params, services, changed) ?? nothingToStop,
      };
    }
    return null;
  };

  const read = async (found: Addressed, principal: Principal): Promise<string | null> => {
    try {
      return await found.read(principal);
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (error.code === 'INTERNAL_ERROR') logger.error('resource failed', { resource: found.kind, error });
      throw error;
    }
  };

  return {
    resources: resources.map(({ uri, name, title, description, mimeType }) => ({
      uri,
      name,
      title,
      description,
      mimeType,
    })),
    resourceTemplates: templates.map(({ uriTemplate, name, title, description, mimeType }) => ({
      uriTemplate,
      name,
      title,
      description,
      mimeType,
    })),
    readResource: async (uri, principal) => {
      const found = find(uri);
      const text = found === null ? null : await read(found, principal);
      return found === null || text === null ? null : { uri, mimeType: found.mimeType, text };
    },
    watchResource: async (uri, principal, changed) => {
      const found = find(uri);
      // Only what the caller could read may be watched.
      if (found === null || (await read(found, principal)) === null) return null;
      return found.watch(changed);
    },
  };
}

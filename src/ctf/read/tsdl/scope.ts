/** Names of types in nested scopes, which TSDL blocks and structs open. */
import type { EnumSchema, StructSchema, TypeSchema, VariantSchema } from './types.ts';

export class Scope {
  readonly #parent: Scope | undefined;
  readonly #aliases = new Map<string, TypeSchema>();
  readonly #structs = new Map<string, StructSchema>();
  readonly #variants = new Map<string, VariantSchema>();
  readonly #enums = new Map<string, EnumSchema>();

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  defineAlias(name: string, type: TypeSchema): void {
    this.#aliases.set(name, type);
  }

  defineNamed(name: string, type: StructSchema | VariantSchema | EnumSchema): void {
    if (type.kind === 'struct') this.#structs.set(name, type);
    else if (type.kind === 'variant') this.#variants.set(name, type);
    else this.#enums.set(name, type);
  }

  alias(name: string): TypeSchema | undefined {
    return this.#aliases.get(name) ?? this.#parent?.alias(name);
  }

  struct(name: string): StructSchema | undefined {
    return this.#structs.get(name) ?? this.#parent?.struct(name);
  }

  variant(name: string): VariantSchema | undefined {
    return this.#variants.get(name) ?? this.#parent?.variant(name);
  }

  enum(name: string): EnumSchema | undefined {
    return this.#enums.get(name) ?? this.#parent?.enum(name);
  }
}

// Names two strings could be swapped for are branded, so that the compiler tells them apart.

declare const brand: unique symbol

/** A `Base` that only its one maker can produce. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** The canonical id of a place that hosts models, e.g. the key of a `[providers.X]` table. */
export type ProviderId = Brand<string, 'ProviderId'>

/** The only maker of provider ids. */
export const providerId = (id: string): ProviderId => id as ProviderId

/** The id of a wire language, e.g. the name of its folder. Open: dialects come and go by list. */
export type DialectId = string

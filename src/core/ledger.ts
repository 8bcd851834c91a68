// The one port through which limits are taken: reserve, then settle. In memory first; over workers
// and machines later, behind the same contract.

/** `amount` of `resource`, of which at most `limit` may be out at a time. */
export type Claim = { readonly resource: string; readonly amount: number; readonly limit: number }

/** What was reserved; settling twice is the same as once. */
export type Lease = { settle(): void }

export type Reservation =
  | { readonly isGranted: true; readonly lease: Lease }
  | { readonly isGranted: false; readonly resource: string; readonly limit: number }

export type Ledger = {
  /** All claims or none. */
  reserve(claims: readonly Claim[]): Reservation
  /** What of `resource` is out now. */
  inUse(resource: string): number
}

/*
 * API codes that this extension reacts to (from `x-error-codes` in the API description, with evidence for each).
 */
export const KEY_NOT_FOUND = 10009;
export const NAMESPACE_NOT_FOUND = 10013;
/** 7003: no route; 10010 and 10011: a malformed namespace or namespace id. */
export const NO_SUCH_PLACE = [7003, 10010, 10011] as const;
export const TITLE_EXISTS = 10014;
export const TOO_MANY_NAMESPACES = 10018;
export const TOO_LARGE = 10024;
/** 10033: the expiration is refused; 10034: the TTL is refused. */
export const BAD_EXPIRATION = [10033, 10034] as const;
/** 10030: the key is too long; 10042: the key is invalid. */
export const BAD_KEY = [10030, 10042] as const;
export const BAD_CURSOR = 10041;
export const BAD_METADATA = 10047;
/** No more operations until 00:00 UTC. */
export const DAILY_LIMIT = 10048;
/** The second write to a key within a second. */
export const KEY_TOO_OFTEN = 10022;
/** 971: the request budget; 10046: bulk requests. 971 has also been seen with statuses other than 429. */
export const TOO_OFTEN = [971, KEY_TOO_OFTEN, 10046] as const;
/** 9106: no credential; 6003 with 6111 or 6103: a malformed one; 9103: an unknown key. */
export const NO_CREDENTIAL = [9106, 9103, 6003, 6103, 6111] as const;
/** Also returned if a token is restricted to other IP addresses. */
export const ELSEWHERE = 9109;
/** 9109, 10026 and 10037: the credential does not allow this. */
export const NOT_ALLOWED = [9109, 10026, 10037] as const;

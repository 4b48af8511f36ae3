/*
 * Verification of edge addresses, the other half of previews/edge_tokens.py.
 *
 *   /e/<token>/<kind>/<digest>/<rest>                       kind = hls | mp4 | img | dl
 *   token     = <kid>.<expiry>.<kinds>.<organisation>.<share>.<generation>.<binding>.<signature>
 *   signature = base64url(HMAC-SHA256(secret of kid, message)), always 43 characters
 *   message   = "dam-edge-1\n" <token without signature> "\n" <digest> "\n" <bound value>
 *
 * The digest is taken from the path and lies inside the message, so a token cannot be carried to another
 * digest; the bound value comes from the request, never from the token. Everything is parsed from the raw
 * request line with an allow-list that has no '%', so raw equals decoded and no two parsers can disagree.
 *
 * `verdict` is a js_set handler, asked in the rewrite phase: the verified claims exist before the limits run.
 * It fails closed: an exception leaves the variable empty, and the configuration refuses whatever is not 200.
 */
import crypto from 'crypto';
import list from 'edge_list.js';

const DOMAIN = 'dam-edge-1\n';
const SKEW_S = 30;                 // tolerated difference of clocks, after the expiry
const LONGEST_TTL_S = 12 * 3600;   // a token that lives longer was issued by mistake
const SIGNATURE_LENGTH = 43;
const LONGEST_PATH = 200;
const LETTER = { hls: 'h', mp4: 'm', img: 'i', dl: 'd' };
const FOLDER = { hls: 'hls', mp4: 'mp4', img: 'img', dl: 'mp4' };

const PATH = /^\/e\/([\w.~=-]{1,256})\/(hls|mp4|img|dl)\/([0-9a-f]{64})\/([\w-][\w.-]*(?:\/[\w-][\w.-]*){0,4})$/;

// 22 and 43 characters carry 16 and 32 bytes with bits to spare: the last character may only be one whose
// spare bits are zero, so that every token has exactly one spelling.
const TOKEN = /^([A-Za-z0-9]{1,8})\.([1-9]\d{9})\.([hmid]{1,4})\.([\w-]{21}[AQgw])\.([\w-]{21}[AQgw])\.(0|[1-9]\d{0,5})\.([nic])\.([\w-]{42}[AEIMQUYcgkosw048])$/;

/*
 * Compares in constant time: always eight words, no early exit. A loop over characters costs four times as
 * much, and WebCrypto's verify() compares with memcmp in njs 0.9.
 */
function isSameMac(mac, text) {
    const given = Buffer.from(text, 'base64url');
    return ((given.length ^ 32)
        | (mac.readInt32LE(0) ^ given.readInt32LE(0)) | (mac.readInt32LE(4) ^ given.readInt32LE(4))
        | (mac.readInt32LE(8) ^ given.readInt32LE(8)) | (mac.readInt32LE(12) ^ given.readInt32LE(12))
        | (mac.readInt32LE(16) ^ given.readInt32LE(16)) | (mac.readInt32LE(20) ^ given.readInt32LE(20))
        | (mac.readInt32LE(24) ^ given.readInt32LE(24)) | (mac.readInt32LE(28) ^ given.readInt32LE(28))) === 0;
}

/* The first seven bytes (/56) of an IPv6 address, in hexadecimal. */
function network6(address) {
    const halves = address.split('::');
    const head = halves[0] ? halves[0].split(':') : [];
    const tail = halves.length > 1 && halves[1] ? halves[1].split(':') : [];
    const groups = head.concat(new Array(8 - head.length - tail.length).fill('0'), tail);
    return groups.slice(0, 4).map((group) => ('000' + group).slice(-4)).join('').slice(0, 14);
}

/* The network a viewer is bound to: /24 of IPv4, /56 of IPv6. */
function network(address) {
    const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
    return plain.includes(':') ? network6(plain) : plain.slice(0, plain.lastIndexOf('.'));
}

function boundValue(r, binding) {
    if (binding === 'n') {
        return '';
    }
    if (binding === 'i') {
        return network(r.remoteAddress);
    }
    return r.variables[`cookie_${edge_keys.cookie}`] || '\0absent';
}

/* 22 characters of base64url to the 36 of a UUID. */
function uuid(short) {
    const hex = Buffer.from(short, 'base64url').toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function isRevoked(organization, share, digest) {
    return list.has(`s:${share}`) || list.has(`a:${digest}`) || list.has(`o:${organization}`);
}

/*
 * What remains to be asked of a token whose signature is good: `<status> <organisation> <share> <object>`. One answer
 * that the configuration takes apart: setting a variable from here costs more than that.
 */
function judge(claims, path) {
    const left = Number(claims[2]) - Date.now() / 1000;
    const whose = `${claims[4]} ${claims[5]} `;
    if (left < -SKEW_S) {
        return `401 ${whose}`;
    }
    if (left > LONGEST_TTL_S + SKEW_S || !claims[3].includes(LETTER[path[2]])) {
        return `403 ${whose}`;
    }
    if (isRevoked(claims[4], claims[5], path[3])) {
        return `410 ${whose}`;
    }
    const generation = claims[6] === '0' ? '' : `/g${claims[6]}`;
    return `200 ${whose}/${edge_keys.bucket}/${uuid(claims[4])}${generation}/${FOLDER[path[2]]}/${path[3]}/${path[4]}`;
}

/* 400 not canonical, 401 expired or a retired key, 403 forged or out of scope, 410 revoked, 200 good. */
function verdict(r) {
    const raw = r.variables.request_uri;
    const query = raw.indexOf('?');
    const path = PATH.exec(query < 0 ? raw : raw.slice(0, query));
    if (path === null || path[4].length > LONGEST_PATH) {
        return '400';
    }
    const claims = TOKEN.exec(path[1]);
    if (claims === null) {
        return '403';
    }
    const secret = edge_keys.keys[claims[1]];
    if (typeof secret !== 'string') {
        return '401';
    }
    const head = path[1].slice(0, -SIGNATURE_LENGTH - 1);
    const mac = crypto.createHmac('sha256', secret)
        .update(`${DOMAIN}${head}\n${path[3]}\n${boundValue(r, claims[7])}`)
        .digest();
    return isSameMac(mac, claims[8]) ? judge(claims, path) : '403';
}

export default { verdict };

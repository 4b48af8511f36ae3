/*
 * What is revoked, where njs has no shared dictionaries with a state (before 0.9.1): an object read at every reload.
 * The agent beside nginx pulls the list, writes the file and reloads.
 */
function has(entry) {
    return edge_revoked[entry] !== undefined;
}

export default { has };

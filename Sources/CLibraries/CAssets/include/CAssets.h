#ifndef CASSETS_H
#define CASSETS_H

#include <stddef.h>

/// A file of the repository that was embedded into the binary when it was built.
struct aibox_asset {
    /// Path in the repository, e.g. "models/catalog.json".
    const char *path;
    /// The file's bytes; valid as long as the process.
    const unsigned char *bytes;
    size_t count;
};

/// All embedded files, in the order of AssetList.h; `count` receives their number.
const struct aibox_asset *aibox_assets(size_t *count);

#endif

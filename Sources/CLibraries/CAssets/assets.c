#include "CAssets.h"

// #embed is C23; clang offers it in older modes with a warning.
#pragma clang diagnostic ignored "-Wc23-extensions"

// AssetList.h is read twice: for the bytes, then, with every #embed cut to nothing, for the table.
#define ASSET(name, path) static const unsigned char name[] = {
#define END };
#define LIMIT 0x7FFFFFFF
#include "AssetList.h"
#undef ASSET
#undef END
#undef LIMIT

#define ASSET(name, path) {path, name, sizeof name},
#define END
#define LIMIT 0
static const struct aibox_asset assets[] = {
#include "AssetList.h"
};

const struct aibox_asset *aibox_assets(size_t *count)
{
    *count = sizeof assets / sizeof *assets;
    return assets;
}

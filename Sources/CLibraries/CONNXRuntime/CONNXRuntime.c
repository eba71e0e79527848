#include "CONNXRuntime.h"

#include <dlfcn.h>
#include <stdio.h>

typedef struct {
    const OrtApi *(*GetApi)(uint32_t version);
    const char *(*GetVersionString)(void);
} OrtApiBase;

_Static_assert(offsetof(OrtApi, Run) == 9 * sizeof(void *), "gaps before Run");
_Static_assert(offsetof(OrtApi, SessionGetOutputName) == 37 * sizeof(void *), "gaps before SessionGetOutputName");
_Static_assert(offsetof(OrtApi, GetTensorTypeAndShape) == 65 * sizeof(void *), "gaps before GetTensorTypeAndShape");
_Static_assert(offsetof(OrtApi, ReleaseEnv) == 92 * sizeof(void *), "gaps before ReleaseEnv");
_Static_assert(offsetof(OrtApi, AddSessionConfigEntry) == 130 * sizeof(void *), "gaps before AddSessionConfigEntry");
_Static_assert(sizeof(OrtApi) == 145 * sizeof(void *), "gaps before CreateAndRegisterAllocator");

int aibox_ort_load(const char *path, AIBoxORTLibrary *library, char *reason, size_t capacity) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(reason, capacity, "%s", dlerror());
        return -1;
    }
    const OrtApiBase *(*getBase)(void) = (const OrtApiBase *(*)(void))dlsym(handle, "OrtGetApiBase");
    if (!getBase) {
        snprintf(reason, capacity, "%s", dlerror());
        dlclose(handle);
        return -1;
    }
    const OrtApiBase *base = getBase();
    library->version = base->GetVersionString();
    library->api = base->GetApi(AIBOX_ORT_API_VERSION);
    return 0;
}

#include "CMongo.h"

#include <dlfcn.h>
#include <stdio.h>

/// Looks up one function under the name of its member and notes the first that is missing.
#define FIND(member) \
    if (!(*(void **)&library->member = dlsym(handle, #member)) && !missing) missing = #member

/// The name of a function that the library lacks, or null. Those of libbson are found through its dependants.
static const char *find_functions(void *handle, AIBoxMongoLibrary *library) {
    const char *missing = NULL;
    FIND(mongoc_init);
    FIND(mongoc_get_version);
    FIND(mongoc_log_set_handler);
    FIND(mongoc_uri_new_with_error);
    FIND(mongoc_uri_destroy);
    FIND(mongoc_uri_get_database);
    FIND(mongoc_uri_get_option_as_int32);
    FIND(mongoc_uri_get_tls);
    FIND(mongoc_uri_has_option);
    FIND(mongoc_uri_set_option_as_int32);
    FIND(mongoc_uri_set_appname);
    FIND(mongoc_uri_set_write_concern);
    FIND(mongoc_write_concern_new);
    FIND(mongoc_write_concern_destroy);
    FIND(mongoc_write_concern_set_journal);
    FIND(mongoc_write_concern_set_wmajority);
    FIND(mongoc_client_pool_new_with_error);
    FIND(mongoc_client_pool_destroy);
    FIND(mongoc_client_pool_pop);
    FIND(mongoc_client_pool_push);
    FIND(mongoc_client_pool_max_size);
    FIND(mongoc_client_pool_set_error_api);
    FIND(mongoc_client_command_simple);
    FIND(mongoc_client_get_collection);
    FIND(mongoc_collection_destroy);
    FIND(mongoc_collection_replace_one);
    FIND(mongoc_collection_delete_many);
    FIND(mongoc_collection_find_with_opts);
    FIND(mongoc_cursor_next);
    FIND(mongoc_cursor_error);
    FIND(mongoc_cursor_destroy);
    FIND(bson_new_from_json);
    FIND(bson_destroy);
    FIND(bson_get_data);
    return missing;
}

int aibox_mongo_load(const char *path, AIBoxMongoLibrary *library, char *reason, size_t capacity) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(reason, capacity, "%s", dlerror());
        return -1;
    }
    const char *missing = find_functions(handle, library);
    if (missing) {
        snprintf(reason, capacity, "it has no function %s; version 1.20 or a newer 1.x is needed", missing);
        dlclose(handle);
        return -1;
    }
    return 0;
}

// What AI Box calls of libmongoc and libbson (1.x), declared by hand: the library is loaded when a MongoDB URL is set.
// Linked, it and what it draws in (SASL, ICU, libmongocrypt …) would cost every start 8 MB and 6 ms.
//
// Names and types follow mongoc.h and bson.h. A member has the name of its function.

#ifndef CMONGO_H
#define CMONGO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

typedef struct _bson_t bson_t;
typedef struct _mongoc_client_pool_t mongoc_client_pool_t;
typedef struct _mongoc_client_t mongoc_client_t;
typedef struct _mongoc_collection_t mongoc_collection_t;
typedef struct _mongoc_cursor_t mongoc_cursor_t;
typedef struct _mongoc_read_prefs_t mongoc_read_prefs_t;
typedef struct _mongoc_uri_t mongoc_uri_t;
typedef struct _mongoc_write_concern_t mongoc_write_concern_t;

/// Filled by a call that returns false; the message ends with a zero.
typedef struct {
    uint32_t domain;
    uint32_t code;
    char message[504];
} AIBoxBSONError;

// mongoc_error_domain_t
#define AIBOX_MONGOC_ERROR_CLIENT 1
#define AIBOX_MONGOC_ERROR_STREAM 2
#define AIBOX_MONGOC_ERROR_PROTOCOL 3
#define AIBOX_MONGOC_ERROR_SASL 7
#define AIBOX_MONGOC_ERROR_BSON 8
#define AIBOX_MONGOC_ERROR_COMMAND 11
#define AIBOX_MONGOC_ERROR_SCRAM 14
#define AIBOX_MONGOC_ERROR_SERVER_SELECTION 15
#define AIBOX_MONGOC_ERROR_WRITE_CONCERN 16
#define AIBOX_MONGOC_ERROR_SERVER 17

// mongoc_error_code_t
#define AIBOX_MONGOC_ERROR_STREAM_SOCKET 4
#define AIBOX_MONGOC_ERROR_CLIENT_TOO_BIG 8
#define AIBOX_MONGOC_ERROR_CLIENT_AUTHENTICATE 11

/// Errors of the server keep its codes, in a domain of their own.
#define AIBOX_MONGOC_ERROR_API_VERSION 2

typedef void (*AIBoxMongoLog)(int level, const char *domain, const char *message, void *_Nullable context);

typedef struct {
    void (*mongoc_init)(void);
    const char *_Nonnull (*_Nonnull mongoc_get_version)(void);
    void (*mongoc_log_set_handler)(AIBoxMongoLog, void *_Nullable context);

    mongoc_uri_t *_Nullable (*_Nonnull mongoc_uri_new_with_error)(const char *text, AIBoxBSONError *);
    void (*mongoc_uri_destroy)(mongoc_uri_t *);
    const char *_Nullable (*_Nonnull mongoc_uri_get_database)(const mongoc_uri_t *);
    int32_t (*mongoc_uri_get_option_as_int32)(const mongoc_uri_t *, const char *name, int32_t fallback);
    bool (*mongoc_uri_get_tls)(const mongoc_uri_t *);
    bool (*mongoc_uri_has_option)(const mongoc_uri_t *, const char *name);
    bool (*mongoc_uri_set_option_as_int32)(mongoc_uri_t *, const char *name, int32_t);
    bool (*mongoc_uri_set_appname)(mongoc_uri_t *, const char *);
    void (*mongoc_uri_set_write_concern)(mongoc_uri_t *, const mongoc_write_concern_t *);

    mongoc_write_concern_t *_Nullable (*_Nonnull mongoc_write_concern_new)(void);
    void (*mongoc_write_concern_destroy)(mongoc_write_concern_t *);
    void (*mongoc_write_concern_set_journal)(mongoc_write_concern_t *, bool);
    void (*mongoc_write_concern_set_wmajority)(mongoc_write_concern_t *, int32_t milliseconds);

    mongoc_client_pool_t *_Nullable (*_Nonnull mongoc_client_pool_new_with_error)(
        const mongoc_uri_t *, AIBoxBSONError *);
    void (*mongoc_client_pool_destroy)(mongoc_client_pool_t *);
    mongoc_client_t *_Nullable (*_Nonnull mongoc_client_pool_pop)(mongoc_client_pool_t *);
    void (*mongoc_client_pool_push)(mongoc_client_pool_t *, mongoc_client_t *);
    void (*mongoc_client_pool_max_size)(mongoc_client_pool_t *, uint32_t);
    bool (*mongoc_client_pool_set_error_api)(mongoc_client_pool_t *, int32_t);

    bool (*mongoc_client_command_simple)(
        mongoc_client_t *, const char *database, const bson_t *command, const mongoc_read_prefs_t *_Nullable,
        bson_t *_Nullable reply, AIBoxBSONError *);
    mongoc_collection_t *_Nullable (*_Nonnull mongoc_client_get_collection)(
        mongoc_client_t *, const char *database, const char *collection);
    void (*mongoc_collection_destroy)(mongoc_collection_t *);
    bool (*mongoc_collection_replace_one)(
        mongoc_collection_t *, const bson_t *selector, const bson_t *replacement, const bson_t *options,
        bson_t *_Nullable reply, AIBoxBSONError *);
    bool (*mongoc_collection_delete_many)(
        mongoc_collection_t *, const bson_t *selector, const bson_t *_Nullable options, bson_t *_Nullable reply,
        AIBoxBSONError *);
    mongoc_cursor_t *_Nullable (*_Nonnull mongoc_collection_find_with_opts)(
        mongoc_collection_t *, const bson_t *filter, const bson_t *options, const mongoc_read_prefs_t *_Nullable);
    bool (*mongoc_cursor_next)(mongoc_cursor_t *, const bson_t *_Nullable *_Nonnull);
    bool (*mongoc_cursor_error)(mongoc_cursor_t *, AIBoxBSONError *);
    void (*mongoc_cursor_destroy)(mongoc_cursor_t *);

    /// From extended JSON; a negative length is that of the text.
    bson_t *_Nullable (*_Nonnull bson_new_from_json)(const uint8_t *, ssize_t length, AIBoxBSONError *);
    void (*bson_destroy)(bson_t *);
    /// The bytes, which begin with their number and live as long as the document.
    const uint8_t *_Nonnull (*_Nonnull bson_get_data)(const bson_t *);
} AIBoxMongoLibrary;

/// Loads the library at `path` (or of that name on the system's search path); it stays loaded.
/// Returns 0, or -1 with the reason in `reason`, which is cut off at `capacity`.
int aibox_mongo_load(const char *path, AIBoxMongoLibrary *library, char *reason, size_t capacity);

#pragma clang assume_nonnull end

#endif

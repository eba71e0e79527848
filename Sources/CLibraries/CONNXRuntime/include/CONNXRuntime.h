// ONNX Runtime's C interface, declared by hand: its wheels carry the library but no header.
//
// The library hands out a table of functions that is append-only: a member keeps its position for ever. Members that
// AI Box does not call are gaps. Names, order and types follow onnxruntime_c_api.h; the number after a
// member is its position.

#ifndef CONNXRUNTIME_H
#define CONNXRUNTIME_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct OrtEnv OrtEnv;
typedef struct OrtStatus OrtStatus;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;

/// The newest interface that AI Box needs; libraries from 1.17 on offer it.
#define AIBOX_ORT_API_VERSION 17

#define AIBOX_ORT_LOGGING_LEVEL_ERROR 3
#define AIBOX_ORT_ENABLE_ALL_OPTIMIZATIONS 99
#define AIBOX_ORT_ARENA_ALLOCATOR 1
#define AIBOX_ORT_MEMORY_DEFAULT 0

/// What most calls return: null is success, else the caller releases it.
typedef OrtStatus *_Nullable OrtResult;

// ONNXTensorElementDataType
#define AIBOX_ORT_FLOAT32 1
#define AIBOX_ORT_UINT8 2
#define AIBOX_ORT_INT32 6
#define AIBOX_ORT_INT64 7
#define AIBOX_ORT_FLOAT16 10

typedef struct OrtApi {
    uintptr_t gap0[2];
    const char *_Nonnull (*_Nonnull GetErrorMessage)(const OrtStatus *); // 2
    OrtResult (*_Nonnull CreateEnv)(int severity, const char *name, OrtEnv *_Nullable *_Nonnull); // 3
    uintptr_t gap4[3];
    OrtResult (*_Nonnull CreateSession)( // 7
        const OrtEnv *, const char *path, const OrtSessionOptions *, OrtSession *_Nullable *_Nonnull);
    uintptr_t gap8[1];
    OrtResult (*_Nonnull Run)( // 9
        OrtSession *, const OrtRunOptions *_Nullable, const char *_Nullable const *_Nonnull inputNames,
        const OrtValue *_Nullable const *_Nonnull inputs, size_t inputCount,
        const char *_Nullable const *_Nonnull outputNames, size_t outputCount, OrtValue *_Nullable *_Nonnull outputs);
    OrtResult (*_Nonnull CreateSessionOptions)(OrtSessionOptions *_Nullable *_Nonnull); // 10
    uintptr_t gap11[12];
    OrtResult (*_Nonnull SetSessionGraphOptimizationLevel)(OrtSessionOptions *, int); // 23
    OrtResult (*_Nonnull SetIntraOpNumThreads)(OrtSessionOptions *, int); // 24
    OrtResult (*_Nonnull SetInterOpNumThreads)(OrtSessionOptions *, int); // 25
    uintptr_t gap26[4];
    OrtResult (*_Nonnull SessionGetInputCount)(const OrtSession *, size_t *); // 30
    OrtResult (*_Nonnull SessionGetOutputCount)(const OrtSession *, size_t *); // 31
    uintptr_t gap32[1];
    OrtResult (*_Nonnull SessionGetInputTypeInfo)( // 33
        const OrtSession *, size_t, OrtTypeInfo *_Nullable *_Nonnull);
    OrtResult (*_Nonnull SessionGetOutputTypeInfo)( // 34
        const OrtSession *, size_t, OrtTypeInfo *_Nullable *_Nonnull);
    uintptr_t gap35[1];
    OrtResult (*_Nonnull SessionGetInputName)( // 36
        const OrtSession *, size_t, OrtAllocator *, char *_Nullable *_Nonnull);
    OrtResult (*_Nonnull SessionGetOutputName)( // 37
        const OrtSession *, size_t, OrtAllocator *, char *_Nullable *_Nonnull);
    uintptr_t gap38[11];
    OrtResult (*_Nonnull CreateTensorWithDataAsOrtValue)( // 49
        const OrtMemoryInfo *, void *data, size_t byteCount, const int64_t *shape, size_t rank, int elementType,
        OrtValue *_Nullable *_Nonnull);
    uintptr_t gap50[1];
    OrtResult (*_Nonnull GetTensorMutableData)(OrtValue *, void *_Nullable *_Nonnull); // 51
    uintptr_t gap52[3];
    OrtResult (*_Nonnull CastTypeInfoToTensorInfo)( // 55
        const OrtTypeInfo *, const OrtTensorTypeAndShapeInfo *_Nullable *_Nonnull);
    uintptr_t gap56[4];
    OrtResult (*_Nonnull GetTensorElementType)(const OrtTensorTypeAndShapeInfo *, int *); // 60
    OrtResult (*_Nonnull GetDimensionsCount)(const OrtTensorTypeAndShapeInfo *, size_t *); // 61
    OrtResult (*_Nonnull GetDimensions)(const OrtTensorTypeAndShapeInfo *, int64_t *, size_t); // 62
    uintptr_t gap63[2];
    OrtResult (*_Nonnull GetTensorTypeAndShape)( // 65
        const OrtValue *, OrtTensorTypeAndShapeInfo *_Nullable *_Nonnull);
    uintptr_t gap66[3];
    OrtResult (*_Nonnull CreateCpuMemoryInfo)(int allocator, int memory, OrtMemoryInfo *_Nullable *_Nonnull); // 69
    uintptr_t gap70[6];
    OrtResult (*_Nonnull AllocatorFree)(OrtAllocator *, void *); // 76
    uintptr_t gap77[1];
    OrtResult (*_Nonnull GetAllocatorWithDefaultOptions)(OrtAllocator *_Nullable *_Nonnull); // 78
    uintptr_t gap79[13];
    void (*_Nonnull ReleaseEnv)(OrtEnv *); // 92
    void (*_Nonnull ReleaseStatus)(OrtStatus *); // 93
    void (*_Nonnull ReleaseMemoryInfo)(OrtMemoryInfo *); // 94
    void (*_Nonnull ReleaseSession)(OrtSession *); // 95
    void (*_Nonnull ReleaseValue)(OrtValue *); // 96
    uintptr_t gap97[1];
    void (*_Nonnull ReleaseTypeInfo)(OrtTypeInfo *); // 98
    void (*_Nonnull ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo *); // 99
    void (*_Nonnull ReleaseSessionOptions)(OrtSessionOptions *); // 100
    uintptr_t gap101[29];
    OrtResult (*_Nonnull AddSessionConfigEntry)(OrtSessionOptions *, const char *key, const char *value); // 130
    uintptr_t gap131[13];
    /// An allocator that all sessions of the environment may share. The last argument is null for its defaults.
    OrtResult (*_Nonnull CreateAndRegisterAllocator)(OrtEnv *, const OrtMemoryInfo *, const void *_Nullable); // 144
} OrtApi;

/// A library as loaded. It stays loaded until the process ends.
typedef struct {
    /// Null when the library offers no version AIBOX_ORT_API_VERSION of the interface.
    const OrtApi *_Nullable api;
    const char *_Nullable version;
} AIBoxORTLibrary;

/// Loads the library at `path` (or of that name on the system's search path).
/// Returns 0, or -1 with the reason in `reason`, which is cut off at `capacity`.
int aibox_ort_load(const char *path, AIBoxORTLibrary *library, char *reason, size_t capacity);

#pragma clang assume_nonnull end

#endif

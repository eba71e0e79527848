// OpenVINO's C interface, declared by hand up to what AI Box calls, so that building needs no OpenVINO.
//
// Names, order of arguments and types follow openvino/c/*.h of 2026.4. The calls that take a variable number of
// arguments are left out: each has a twin that takes an array of properties.

#ifndef COPENVINO_H
#define COPENVINO_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct ov_core ov_core_t;
typedef struct ov_model ov_model_t;
typedef struct ov_compiled_model ov_compiled_model_t;
typedef struct ov_infer_request ov_infer_request_t;
typedef struct ov_output_const_port ov_output_const_port_t;
typedef struct ov_tensor ov_tensor_t;

typedef struct {
    const char *_Nullable buildNumber;
    const char *_Nullable description;
} ov_version_t;

typedef struct {
    const char *key;
    const void *value; // the text of the value, for every property that AI Box sets
} ov_property_t;

typedef struct {
    int64_t rank;
    int64_t *_Nullable dims;
} ov_shape_t;

/// -1 is "open" as a maximum.
typedef struct {
    int64_t min;
    int64_t max;
} ov_dimension_t;

typedef struct {
    ov_dimension_t rank;
    ov_dimension_t *_Nullable dims;
} ov_partial_shape_t;

/// 0 is success; the text is in `ov_get_last_err_msg`.
typedef int ov_status_e;

// ov_element_type_e. The enumeration has been renumbered between releases: check before use.
#define AIBOX_OV_FLOAT16 3
#define AIBOX_OV_FLOAT32 4
#define AIBOX_OV_INT32 9
#define AIBOX_OV_INT64 10
#define AIBOX_OV_UINT8 16

/// The functions of the loaded library, under their own names.
typedef struct {
    ov_status_e (*_Nonnull ov_get_openvino_version)(ov_version_t *);
    void (*_Nonnull ov_version_free)(ov_version_t *);
    /// A copy, to be given to `ov_free`; null when nothing failed yet.
    const char *_Nullable (*_Nonnull ov_get_last_err_msg)(void);
    const char *_Nonnull (*_Nonnull ov_get_error_info)(ov_status_e);
    void (*_Nonnull ov_free)(const char *);

    ov_status_e (*_Nonnull ov_core_create)(ov_core_t *_Nullable *_Nonnull);
    void (*_Nonnull ov_core_free)(ov_core_t *);
    ov_status_e (*_Nonnull ov_core_read_model)(
        const ov_core_t *, const char *path, const char *_Nullable weightsPath, ov_model_t *_Nullable *_Nonnull);
    void (*_Nonnull ov_model_free)(ov_model_t *);
    ov_status_e (*_Nonnull ov_core_compile_model_props)(
        const ov_core_t *, const ov_model_t *, const char *device, size_t propertyCount, const ov_property_t *,
        ov_compiled_model_t *_Nullable *_Nonnull);

    ov_status_e (*_Nonnull ov_compiled_model_inputs_size)(const ov_compiled_model_t *, size_t *);
    ov_status_e (*_Nonnull ov_compiled_model_outputs_size)(const ov_compiled_model_t *, size_t *);
    ov_status_e (*_Nonnull ov_compiled_model_input_by_index)(
        const ov_compiled_model_t *, size_t, ov_output_const_port_t *_Nullable *_Nonnull);
    ov_status_e (*_Nonnull ov_compiled_model_output_by_index)(
        const ov_compiled_model_t *, size_t, ov_output_const_port_t *_Nullable *_Nonnull);
    ov_status_e (*_Nonnull ov_compiled_model_output_by_name)(
        const ov_compiled_model_t *, const char *, ov_output_const_port_t *_Nullable *_Nonnull);
    ov_status_e (*_Nonnull ov_compiled_model_create_infer_request)(
        const ov_compiled_model_t *, ov_infer_request_t *_Nullable *_Nonnull);
    void (*_Nonnull ov_compiled_model_free)(ov_compiled_model_t *);

    ov_status_e (*_Nonnull ov_port_get_any_name)(const ov_output_const_port_t *, char *_Nullable *_Nonnull);
    ov_status_e (*_Nonnull ov_port_get_element_type)(const ov_output_const_port_t *, int *);
    ov_status_e (*_Nonnull ov_port_get_partial_shape)(const ov_output_const_port_t *, ov_partial_shape_t *);
    void (*_Nonnull ov_partial_shape_free)(ov_partial_shape_t *);
    void (*_Nonnull ov_output_const_port_free)(ov_output_const_port_t *);

    ov_status_e (*_Nonnull ov_infer_request_set_input_tensor_by_index)(
        ov_infer_request_t *, size_t, const ov_tensor_t *);
    ov_status_e (*_Nonnull ov_infer_request_get_output_tensor_by_index)(
        const ov_infer_request_t *, size_t, ov_tensor_t *_Nullable *_Nonnull);
    ov_status_e (*_Nonnull ov_infer_request_infer)(ov_infer_request_t *);
    void (*_Nonnull ov_infer_request_free)(ov_infer_request_t *);

    ov_status_e (*_Nonnull ov_tensor_create_from_host_ptr)(
        int elementType, ov_shape_t, void *, ov_tensor_t *_Nullable *_Nonnull);
    ov_status_e (*_Nonnull ov_tensor_get_shape)(const ov_tensor_t *, ov_shape_t *);
    ov_status_e (*_Nonnull ov_shape_free)(ov_shape_t *);
    ov_status_e (*_Nonnull ov_tensor_get_element_type)(const ov_tensor_t *, int *);
    ov_status_e (*_Nonnull ov_tensor_get_byte_size)(const ov_tensor_t *, size_t *);
    ov_status_e (*_Nonnull ov_tensor_data)(const ov_tensor_t *, void *_Nullable *_Nonnull);
    void (*_Nonnull ov_tensor_free)(ov_tensor_t *);
} AIBoxOpenVINOLibrary;

/// Loads the library at `path` (or of that name on the system's search path); it stays loaded until the process ends.
/// Returns 0, or -1 with the reason in `reason`, which is cut off at `capacity`: it cannot be loaded, or lacks a
/// function.
int aibox_openvino_load(const char *path, AIBoxOpenVINOLibrary *library, char *reason, size_t capacity);

#pragma clang assume_nonnull end

#endif

#include "COpenVINO.h"

#include <dlfcn.h>
#include <stdio.h>

/// Looks up one function under the name of its member and notes the first that is missing.
#define FIND(member) \
    if (!(*(void **)&library->member = dlsym(handle, #member)) && !missing) missing = #member

/// The name of a function that the library lacks, or null.
static const char *find_functions(void *handle, AIBoxOpenVINOLibrary *library) {
    const char *missing = NULL;
    FIND(ov_get_openvino_version);
    FIND(ov_version_free);
    FIND(ov_get_last_err_msg);
    FIND(ov_get_error_info);
    FIND(ov_free);
    FIND(ov_core_create);
    FIND(ov_core_free);
    FIND(ov_core_read_model);
    FIND(ov_model_free);
    FIND(ov_core_compile_model_props);
    FIND(ov_compiled_model_inputs_size);
    FIND(ov_compiled_model_outputs_size);
    FIND(ov_compiled_model_input_by_index);
    FIND(ov_compiled_model_output_by_index);
    FIND(ov_compiled_model_output_by_name);
    FIND(ov_compiled_model_create_infer_request);
    FIND(ov_compiled_model_free);
    FIND(ov_port_get_any_name);
    FIND(ov_port_get_element_type);
    FIND(ov_port_get_partial_shape);
    FIND(ov_partial_shape_free);
    FIND(ov_output_const_port_free);
    FIND(ov_infer_request_set_input_tensor_by_index);
    FIND(ov_infer_request_get_output_tensor_by_index);
    FIND(ov_infer_request_infer);
    FIND(ov_infer_request_free);
    FIND(ov_tensor_create_from_host_ptr);
    FIND(ov_tensor_get_shape);
    FIND(ov_shape_free);
    FIND(ov_tensor_get_element_type);
    FIND(ov_tensor_get_byte_size);
    FIND(ov_tensor_data);
    FIND(ov_tensor_free);
    return missing;
}

int aibox_openvino_load(const char *path, AIBoxOpenVINOLibrary *library, char *reason, size_t capacity) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(reason, capacity, "%s", dlerror());
        return -1;
    }
    const char *missing = find_functions(handle, library);
    if (missing) {
        snprintf(reason, capacity, "it has no function %s; version 2026.4 or newer is needed", missing);
        dlclose(handle);
        return -1;
    }
    return 0;
}

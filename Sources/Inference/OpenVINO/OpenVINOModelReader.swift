import COpenVINO

/// Reads what a compiled model says of its inputs and outputs.
struct OpenVINOModelReader {
    let library: OpenVINOLibrary
    let compiled: OpaquePointer
    let error: (String) -> InferenceError

    private var functions: AIBoxOpenVINOLibrary { library.functions }

    func inputs() throws(InferenceError) -> [TensorDescription] {
        try descriptions(
            "input", count: functions.ov_compiled_model_inputs_size, port: functions.ov_compiled_model_input_by_index)
    }

    /// - Parameter names: the outputs' names in the model file, in order, when its format tells them.
    func outputs(names: [String]) throws(InferenceError) -> [TensorDescription] {
        var outputs = try descriptions(
            "output", count: functions.ov_compiled_model_outputs_size,
            port: functions.ov_compiled_model_output_by_index)
        for (index, name) in zip(outputs.indices, names) where isName(name, alsoOf: outputs[index].name) {
            outputs[index].name = name
        }
        return outputs
    }

    /// Whether two names stand for the same output.
    private func isName(_ alias: String, alsoOf name: String) -> Bool {
        var port: OpaquePointer?
        guard functions.ov_compiled_model_output_by_name(compiled, alias, &port) == 0, let port else { return false }
        defer { functions.ov_output_const_port_free(port) }
        return self.name(of: port) == name
    }

    private func descriptions(
        _ kind: String, count: @convention(c) (OpaquePointer, UnsafeMutablePointer<Int>) -> ov_status_e,
        port: @convention(c) (OpaquePointer, Int, UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
    ) throws(InferenceError) -> [TensorDescription] {
        var total = 0
        try library.check(count(compiled, &total), or: error)
        var result: [TensorDescription] = []
        for index in 0..<total {
            let handle = try library.make(or: error) { port(compiled, index, &$0) }
            defer { functions.ov_output_const_port_free(handle) }
            result.append(try description(of: handle, fallbackName: "\(kind)\(index)"))
        }
        return result
    }

    private func description(
        of port: OpaquePointer, fallbackName: String
    ) throws(InferenceError) -> TensorDescription {
        let name = name(of: port) ?? fallbackName
        var code: Int32 = 0
        try library.check(functions.ov_port_get_element_type(port, &code), or: error)
        guard let elementType = ElementType(openVINO: code) else {
            throw error("'\(name)' has an element type that AI Box does not handle (number \(code) in OpenVINO)")
        }
        return TensorDescription(name: name, elementType: elementType, shape: try shape(of: port))
    }

    /// Inputs and outputs of an IR need not have a name.
    private func name(of port: OpaquePointer) -> String? {
        var characters: UnsafeMutablePointer<CChar>?
        guard functions.ov_port_get_any_name(port, &characters) == 0, let characters else { return nil }
        defer { functions.ov_free(characters) }
        return String(cString: characters)
    }

    private func shape(of port: OpaquePointer) throws(InferenceError) -> [Int?] {
        var shape = ov_partial_shape_t()
        try library.check(functions.ov_port_get_partial_shape(port, &shape), or: error)
        defer { functions.ov_partial_shape_free(&shape) }
        let rank = shape.rank.min == shape.rank.max ? Int(shape.rank.min) : 0
        return UnsafeBufferPointer(start: shape.dims, count: shape.dims == nil ? 0 : rank).map {
            $0.min == $0.max ? Int($0.min) : nil
        }
    }
}

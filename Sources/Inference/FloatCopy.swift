/// Memory of the caller's for the values of outputs that are not float32, reused from run to run.
public final class FloatCopy {
    private var memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 0)

    public init() {}

    deinit { memory.deallocate() }

    /// The values of `output` as float32: the output's own memory when it holds such, else a copy that is valid until
    /// the next call. Integers beyond ±2²⁴ are rounded.
    public func values(of output: OutputTensor) -> UnsafeBufferPointer<Float> {
        switch output.elementType {
        case .float32: output.bytes.bindMemory(to: Float.self)
        case .float16: copy(output.bytes.bindMemory(to: Float16.self)) { Float($0) }
        case .uint8: copy(output.bytes.bindMemory(to: UInt8.self)) { Float($0) }
        case .int32: copy(output.bytes.bindMemory(to: Int32.self)) { Float($0) }
        case .int64: copy(output.bytes.bindMemory(to: Int64.self)) { Float($0) }
        }
    }

    private func copy<Value>(
        _ source: UnsafeBufferPointer<Value>, _ convert: (Value) -> Float
    ) -> UnsafeBufferPointer<Float> {
        if memory.count < source.count {
            memory.deallocate()
            memory = .allocate(capacity: source.count)
        }
        for (index, value) in source.enumerated() { memory.initializeElement(at: index, to: convert(value)) }
        return UnsafeBufferPointer(rebasing: memory[..<source.count])
    }
}

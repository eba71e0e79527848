/// Bounds-checked integers of file formats; `nil` beyond the end.
extension UnsafeRawBufferPointer {
    func bigEndian16(at offset: Int) -> Int? { load(at: offset, as: UInt16.self).map { Int($0.bigEndian) } }
    func bigEndian32(at offset: Int) -> Int? { load(at: offset, as: UInt32.self).map { Int($0.bigEndian) } }
    func littleEndian16(at offset: Int) -> Int? { load(at: offset, as: UInt16.self).map { Int($0.littleEndian) } }
    func littleEndian32(at offset: Int) -> Int? { load(at: offset, as: UInt32.self).map { Int($0.littleEndian) } }
    func signedLittleEndian32(at offset: Int) -> Int? {
        load(at: offset, as: Int32.self).map { Int($0.littleEndian) }
    }

    /// The bytes from `offset` on, `count` of them, or `nil` when they are not all there.
    func slice(at offset: Int, count length: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return UnsafeRawBufferPointer(rebasing: self[offset..<offset + length])
    }

    private func load<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value? {
        slice(at: offset, count: MemoryLayout<Value>.size)?.loadUnaligned(as: type)
    }
}

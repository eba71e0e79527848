/// The float32 vectors of one block, in memory or in the gallery's file. Who reads holds the block's lock.
struct TemplateVectors: Sendable {
    private enum Place: Sendable {
        case memory(PageMemory)
        case file(TemplateFile, offset: Int)
    }

    private let place: Place
    private let dimensions: Int
    private var rowBytes: Int { dimensions * MemoryLayout<Float>.stride }

    /// - Parameters:
    ///   - file: nil for memory.
    ///   - firstSlot: the number in the gallery of the block's first row.
    init(dimensions: Int, rows: Int, file: TemplateFile?, firstSlot: Int) throws(GalleryError) {
        self.dimensions = dimensions
        let bytes = dimensions * MemoryLayout<Float>.stride
        if let file {
            place = .file(file, offset: firstSlot * bytes)
        } else {
            place = .memory(try PageMemory(count: rows * bytes))
        }
    }

    var residentBytes: Int {
        if case .memory(let memory) = place { memory.count } else { 0 }
    }

    func read(_ row: Int, into vector: UnsafeMutablePointer<Float>) throws(GalleryError) {
        let bytes = UnsafeMutableRawBufferPointer(start: vector, count: rowBytes)
        switch place {
        case .memory(let memory):
            bytes.copyMemory(from: UnsafeRawBufferPointer(start: memory.base + row * rowBytes, count: rowBytes))
        case .file(let file, let offset): try file.read(into: bytes, at: offset + row * rowBytes)
        }
    }

    func write(_ vector: [Float], to row: Int) throws(GalleryError) {
        try vector.withUnsafeBufferPointer { elements throws(GalleryError) in
            let bytes = UnsafeRawBufferPointer(elements)
            switch place {
            case .memory(let memory):
                UnsafeMutableRawBufferPointer(start: memory.base + row * rowBytes, count: rowBytes)
                    .copyMemory(from: bytes)
            case .file(let file, let offset): try file.write(bytes, at: offset + row * rowBytes)
            }
        }
    }

    /// Overwrites the vector with zeros.
    func erase(_ row: Int) throws(GalleryError) { try write([Float](repeating: 0, count: dimensions), to: row) }
}

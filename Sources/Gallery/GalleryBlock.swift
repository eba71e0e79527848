/// A fixed number of template slots, row after row, under one lock: a reader never sees half a vector.
///
/// `keys`, `persons`, `states` and `used` change under the gallery's mutex and this lock together, so that holding
/// either suffices to read them.
final class GalleryBlock: @unchecked Sendable {  // safe: rows are read and written under `lock`, links under the mutex
    enum State: UInt8, BitwiseCopyable {
        case empty
        case face
        case anchor
    }

    static let rows = 4096

    let lock = ReadWriteLock()
    let vectors: TemplateVectors
    let stride: Int
    /// `rows` int8 vectors.
    let codes: UnsafeMutablePointer<Int8>
    let scales: UnsafeMutablePointer<Float>
    /// The quantisation errors of faces, -infinity for whatever no search may find.
    let errors: UnsafeMutablePointer<Float>
    let keys: UnsafeMutablePointer<GalleryKey>
    let persons: UnsafeMutablePointer<GalleryKey>
    let states: UnsafeMutablePointer<State>
    /// The slots of the same person, as a ring. Only under the gallery's mutex.
    let next: UnsafeMutablePointer<Int32>
    let previous: UnsafeMutablePointer<Int32>
    /// Rows from here on were never filled.
    private(set) var used = 0

    private let memory: PageMemory

    init(dimensions: Int, stride: Int, file: TemplateFile?, firstSlot: Int) throws(GalleryError) {
        let rows = Self.rows
        memory = try PageMemory(count: rows * stride)
        vectors = try TemplateVectors(dimensions: dimensions, rows: rows, file: file, firstSlot: firstSlot)
        self.stride = stride
        codes = memory.base.bindMemory(to: Int8.self, capacity: rows * stride)
        scales = Self.array(of: 0)
        errors = Self.array(of: -.infinity)
        keys = Self.array(of: GalleryKey(high: 0, low: 0))
        persons = Self.array(of: GalleryKey(high: 0, low: 0))
        states = Self.array(of: .empty)
        next = Self.array(of: -1)
        previous = Self.array(of: -1)
    }

    deinit {
        scales.deallocate()
        errors.deallocate()
        keys.deallocate()
        persons.deallocate()
        states.deallocate()
        next.deallocate()
        previous.deallocate()
    }

    private static func array<Element: BitwiseCopyable>(of value: Element) -> UnsafeMutablePointer<Element> {
        let pointer = UnsafeMutablePointer<Element>.allocate(capacity: rows)
        pointer.initialize(repeating: value, count: rows)
        return pointer
    }

    /// Memory of the process for one block.
    var residentBytes: Int {
        let row =
            2 * MemoryLayout<GalleryKey>.stride + 2 * MemoryLayout<Float>.stride + 1 + 2 * MemoryLayout<Int32>.stride
        return memory.count + vectors.residentBytes + Self.rows * row
    }

    /// Fills a row. Throws `storageUnusable`; then the row is empty.
    func fill(_ row: Int, key: GalleryKey, person: GalleryKey, state: State, vector: QuantisedVector)
        throws(GalleryError)
    {
        try lock.writing { () throws(GalleryError) in
            clear(row)
            try vectors.write(vector.vector, to: row)
            used = max(used, row + 1)
            keys[row] = key
            persons[row] = person
            states[row] = state
            // Anchors are compared by their persons only, from the float vectors.
            guard state == .face else { return }
            vector.codes.withUnsafeBufferPointer { source in
                if let base = source.baseAddress { (codes + row * stride).update(from: base, count: stride) }
            }
            scales[row] = vector.scale
            errors[row] = vector.error
        }
    }

    /// Takes the row from all searches that start later and overwrites what it held. Throws `storageUnusable` when the
    /// float vector could not be overwritten.
    func empty(_ row: Int) throws(GalleryError) {
        try lock.writing { () throws(GalleryError) in
            clear(row)
            try vectors.erase(row)
        }
    }

    private func clear(_ row: Int) {
        (codes + row * stride).update(repeating: 0, count: stride)
        scales[row] = 0
        errors[row] = -.infinity
        keys[row] = GalleryKey(high: 0, low: 0)
        persons[row] = GalleryKey(high: 0, low: 0)
        states[row] = .empty
    }
}

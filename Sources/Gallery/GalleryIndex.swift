import Synchronization

/// Exact 1:N search over face templates by cosine.
///
/// Every template is scanned as an int8 vector; what the proven bound of the quantisation error (``ScoreBound``) does
/// not exclude is compared again with the float32 vectors. So the result is that of a search over all float32 vectors,
/// at a quarter of the memory traffic.
///
/// All methods block, may be called from any thread, and run beside each other. A search sees each update that
/// returned before it began, whole, and those that run beside it either whole or not at all.
public final class GalleryIndex: Sendable {
    /// Where the float32 vectors lie. The int8 vectors are always in memory.
    public enum Storage: Hashable, Sendable {
        /// 5 bytes of memory for an element.
        case memory
        /// 1 byte of memory for an element; the float32 vectors are in an unnamed file in this folder, which ends with
        /// the index.
        case file(folder: String)
    }

    /// The most matches that one probe can ask for.
    public static let maximumLimit = 1000

    /// Elements of a vector.
    public let dimensions: Int
    let stride: Int
    let kernel: VectorKernel
    private let directory: Mutex<GalleryDirectory>
    /// The blocks of the directory, for searches, which need not wait for an update.
    private let published = Mutex<[GalleryBlock]>([])

    /// Makes an empty gallery. Throws `wrongDimension` unless `dimensions` is 1 ... 16,384, and `storageUnusable`.
    public convenience init(dimensions: Int, storage: Storage) throws(GalleryError) {
        // The list ends with plain C and is never empty.
        try self.init(dimensions: dimensions, storage: storage, kernel: VectorKernel.available[0])
    }

    init(dimensions: Int, storage: Storage, kernel: VectorKernel) throws(GalleryError) {
        guard (1...16_384).contains(dimensions) else {
            throw GalleryError(.wrongDimension, "a gallery of vectors with \(dimensions) elements is not possible")
        }
        self.dimensions = dimensions
        self.kernel = kernel
        let unit = VectorKernel.alignment
        stride = (dimensions + unit - 1) / unit * unit
        let file: TemplateFile? =
            if case .file(let folder) = storage { try TemplateFile(folder: folder) } else { nil }
        directory = Mutex(GalleryDirectory(dimensions: dimensions, stride: stride, file: file))
    }

    /// Adds a template. Throws `duplicateKey`, `wrongDimension`, `invalidVector`, `full`, `storageUnusable`; then
    /// nothing has changed.
    public func insert(_ entry: GalleryEntry) throws(GalleryError) {
        let vector = try quantised(entry)
        try update { directory throws(GalleryError) in
            guard directory.slot(of: entry.key) == nil else {
                throw GalleryError(.duplicateKey, "the gallery has a template with this key")
            }
            try directory.add(key: entry.key, person: entry.person, isAnchor: entry.isAnchor, vector: vector)
        }
    }

    /// Adds a template or replaces that with the same key. Throws as ``insert(_:)`` does; after `storageUnusable` the
    /// replaced template is gone.
    public func replace(_ entry: GalleryEntry) throws(GalleryError) {
        let vector = try quantised(entry)
        try update { directory throws(GalleryError) in
            if let slot = directory.slot(of: entry.key) {
                try directory.replace(
                    slot, key: entry.key, person: entry.person, isAnchor: entry.isAnchor, vector: vector)
            } else {
                try directory.add(key: entry.key, person: entry.person, isAnchor: entry.isAnchor, vector: vector)
            }
        }
    }

    /// Removes a template and overwrites its vector, in the file too; false when there is none with this key. Throws
    /// `storageUnusable` when the vector could not be overwritten; no search finds it even so.
    @discardableResult
    public func remove(_ key: GalleryKey) throws(GalleryError) -> Bool {
        try update { directory throws(GalleryError) in
            guard let slot = directory.slot(of: key) else { return false }
            try directory.remove(slot)
            return true
        }
    }

    /// What the gallery holds for a key. Throws `storageUnusable`.
    public func entry(_ key: GalleryKey) throws(GalleryError) -> GalleryEntry? {
        try update { directory throws(GalleryError) in
            guard let slot = directory.slot(of: key) else { return nil }
            return try GalleryScan.entry(in: directory.block(of: slot), row: directory.row(of: slot), dimensions)
        }
    }

    /// Sizes, of this moment.
    public var figures: GalleryFigures {
        directory.withLock { directory in
            GalleryFigures(
                templates: directory.count - directory.anchorCount, anchors: directory.anchorCount,
                persons: directory.personCount, residentBytes: directory.residentBytes,
                vectorBytes: directory.usedSlots * dimensions * MemoryLayout<Float>.stride)
        }
    }

    /// The blocks that a search starting now has to read.
    var blocks: [GalleryBlock] { published.withLock { $0 } }

    /// The places of a person's templates or anchors.
    func places(of person: GalleryKey, _ state: GalleryBlock.State) -> [(block: GalleryBlock, row: Int)] {
        directory.withLock { directory in
            directory.slots(of: person).map { (directory.block(of: $0), directory.row(of: $0)) }
                .filter { $0.states[$1] == state }
        }
    }

    var hasAnchors: Bool { directory.withLock { $0.anchorCount > 0 } }

    private func quantised(_ entry: GalleryEntry) throws(GalleryError) -> QuantisedVector {
        try QuantisedVector(entry.vector, dimensions: dimensions, stride: stride)
    }

    /// Runs a change alone, and shows new blocks to searches before it returns.
    private func update<Result: Sendable>(
        _ change: (inout GalleryDirectory) throws(GalleryError) -> Result
    ) throws(GalleryError) -> Result {
        try directory.withLock { directory throws(GalleryError) in
            defer {
                let blocks = directory.blocks
                published.withLock { if $0.count != blocks.count { $0 = blocks } }
            }
            return try change(&directory)
        }
    }
}

/// Sizes of a gallery.
public struct GalleryFigures: Hashable, Sendable {
    /// Templates that a search can find.
    public let templates: Int
    public let anchors: Int
    public let persons: Int
    /// Memory of this process that the gallery has reserved.
    public let residentBytes: Int
    /// The float32 vectors of all slots, in memory or in the file.
    public let vectorBytes: Int
}

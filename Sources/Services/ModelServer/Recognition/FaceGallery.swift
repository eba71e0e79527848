import AIBoxAPI
import Gallery
import NIOPosix
import Pipelines
import ServiceClients
import Synchronization

/// The gallery as this instance knows it: one index for each embedding model that has templates, kept up with the
/// data manager.
///
/// Every search first makes sure that the index is at the revision that the data manager has at that moment, so that no
/// instance answers from an older gallery than the last acknowledged change.
final class FaceGallery: Sendable {
    private static let pieceSize = 5000

    private struct State {
        var revision: Int64 = 0
        var indexes: [String: GalleryIndex] = [:]
        /// The models (`name@version`) by checksum that templates were seen of.
        var models: [String: String] = [:]
    }

    private let source: any GalleryFeeding
    private let storage: GalleryIndex.Storage
    private let pool: NIOThreadPool
    private let state = Mutex(State())
    /// One reader of the feed at a time; the others wait and find its work done.
    private let turn = SlotQueue(name: "gallery", slots: [0], limit: 10_000)

    /// - Parameter folder: for what does not fit into memory; `nil` keeps everything there.
    init(source: any GalleryFeeding, folder: String?, pool: NIOThreadPool) {
        self.source = source
        self.pool = pool
        storage = folder.map { .file(folder: $0) } ?? .memory
    }

    /// Brings the index to the revision of the data manager. One that is behind this index was restored from a backup:
    /// everything is read anew.
    func catchUp() async throws {
        let target = try await source.galleryRevision()
        guard state.withLock({ $0.revision != target }) else { return }
        _ = try await turn.withSlot { _ in
            state.withLock { if $0.revision > target { $0 = State() } }
            while state.withLock({ $0.revision }) < target {
                let revision = state.withLock { $0.revision }
                let changes = try await source.galleryChanges(since: revision, limit: Self.pieceSize)
                try await pool.runIfActive { try self.apply(changes) }
                guard changes.revision > revision || changes.hasMore else { break }
            }
        }
    }

    /// The names of those persons that exist.
    func names(of persons: [UUIDv7]) async throws -> [UUIDv7: String] {
        persons.isEmpty ? [:] : try await source.personNames(persons)
    }

    /// The index of a model's templates; `nil` when there are none.
    func index(ofModel sha256: String) -> GalleryIndex? { state.withLock { $0.indexes[sha256] } }

    /// Checksum and name of every model that has templates here.
    var models: [String: String] { state.withLock { $0.models } }

    private func apply(_ changes: GalleryChanges) throws {
        for face in changes.faces {
            for template in face.templates { try add(template, of: face) }
        }
        let indexes = state.withLock { Array($0.indexes.values) }
        for face in changes.removed {
            for index in indexes { try index.remove(GalleryKey(face)) }
        }
        state.withLock { $0.revision = max($0.revision, changes.revision) }
    }

    private func add(_ template: FaceTemplate, of face: GalleryChanges.Face) throws {
        let entry = GalleryEntry(
            key: GalleryKey(face.id), person: GalleryKey(face.personID), vector: template.vector,
            isAnchor: face.isAnchor)
        try index(for: template).replace(entry)
    }

    private func index(for template: FaceTemplate) throws -> GalleryIndex {
        try state.withLock { state in
            if let index = state.indexes[template.modelSHA256] { return index }
            let index = try GalleryIndex(dimensions: template.vector.count, storage: storage)
            state.indexes[template.modelSHA256] = index
            state.models[template.modelSHA256] = template.model
            return index
        }
    }
}

extension GalleryKey {
    init(_ id: UUIDv7) { self.init(high: id.high, low: id.low) }
}

extension UUIDv7 {
    init?(_ key: GalleryKey) { self.init(high: key.high, low: key.low) }
}

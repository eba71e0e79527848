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

    private struct State: Sendable {
        var revision: Int64 = 0
        var indexes: [String: GalleryIndex] = [:]
        /// The models (`name@version`) by checksum that templates were seen of.
        var models: [String: String] = [:]
        /// Faces without a template of the present model.
        var outdated: Set<GalleryKey> = []
    }

    private let source: any GalleryFeeding
    private let storage: GalleryIndex.Storage
    /// Checksum of the embedding model that new templates are made with.
    private let present: String?
    private let pool: NIOThreadPool
    private let state = Mutex(State())
    /// One reader of the feed at a time; the others wait and find its work done.
    private let turn = SlotQueue(name: "gallery", slots: [0], limit: 10_000)

    /// - Parameters:
    ///   - folder: for what does not fit into memory; `nil` keeps everything there.
    ///   - present: checksum of the embedding model that new templates are made with.
    init(source: any GalleryFeeding, folder: String?, present: String?, pool: NIOThreadPool) {
        self.source = source
        self.present = present
        self.pool = pool
        storage = folder.map { .file(folder: $0) } ?? .memory
    }

    /// Brings the index to the revision of the data manager.
    func catchUp() async throws {
        let target = try await source.galleryRevision()
        guard state.withLock({ $0.revision != target }) else { return }
        _ = try await turn.withSlot { _ in try await read() }
    }

    /// Whether the data manager answers.
    func checkSource() async throws { _ = try await source.galleryRevision() }

    /// Reads what is new. A data manager that is behind this index was restored from a backup: everything is read anew,
    /// into an index of its own that takes the place of the old one once it is complete.
    private func read() async throws {
        // Asked again: whoever had the turn before may have read further than the caller knew of.
        let target = try await source.galleryRevision()
        var next = state.withLock { $0 }
        if next.revision > target { next = State() }
        while next.revision < target {
            let changes = try await source.galleryChanges(since: next.revision, limit: Self.pieceSize)
            let before = next
            next = try await pool.runIfActive { try self.adding(changes, to: before) }
            guard next.revision > before.revision || changes.hasMore else { break }
        }
        let read = next
        state.withLock { $0 = read }
    }

    /// The names of those persons that exist.
    func names(of persons: [UUIDv7]) async throws -> [UUIDv7: String] {
        persons.isEmpty ? [:] : try await source.personNames(persons)
    }

    /// The index of a model's templates; `nil` when there are none.
    func index(ofModel sha256: String) -> GalleryIndex? { state.withLock { $0.indexes[sha256] } }

    /// Checksum and name of every model that has templates here.
    var models: [String: String] { state.withLock { $0.models } }

    /// Faces without a template of the present model.
    var outdatedFaces: Int { state.withLock { $0.outdated.count } }

    private func adding(_ changes: GalleryChanges, to state: State) throws -> State {
        var state = state
        for face in changes.faces {
            let key = GalleryKey(face.id)
            for template in face.templates {
                let entry = GalleryEntry(
                    key: key, person: GalleryKey(face.personID), vector: template.vector, isAnchor: face.isAnchor)
                try index(for: template, in: &state).replace(entry)
            }
            if face.isAnchor || face.templates.contains(where: { $0.modelSHA256 == present }) {
                state.outdated.remove(key)
            } else {
                state.outdated.insert(key)
            }
        }
        for face in changes.removed {
            state.outdated.remove(GalleryKey(face))
            for index in state.indexes.values { try index.remove(GalleryKey(face)) }
        }
        state.revision = max(state.revision, changes.revision)
        return state
    }

    private func index(for template: FaceTemplate, in state: inout State) throws -> GalleryIndex {
        if let index = state.indexes[template.modelSHA256] { return index }
        let index = try GalleryIndex(dimensions: template.vector.count, storage: storage)
        state.indexes[template.modelSHA256] = index
        state.models[template.modelSHA256] = template.model
        return index
    }
}

extension GalleryKey {
    init(_ id: UUIDv7) { self.init(high: id.high, low: id.low) }
}

extension UUIDv7 {
    init?(_ key: GalleryKey) { self.init(high: key.high, low: key.low) }
}

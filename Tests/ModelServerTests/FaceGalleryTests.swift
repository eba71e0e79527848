import AIBoxAPI
import NIOPosix
import ServiceClients
import Testing

@testable import ModelServer

@Suite struct FaceGalleryTests {
    private let feed = GivenFeed()

    private func gallery(present: String? = "a") -> FaceGallery {
        FaceGallery(source: feed, folder: nil, present: present, pool: .singleton)
    }

    private func templates(_ gallery: FaceGallery, _ model: String = "a") -> Int {
        gallery.index(ofModel: model)?.figures.templates ?? 0
    }

    @Test func whoAskedBeforeOthersReadOnDoesNotTakeThatForARestoredBackup() async throws {
        let gallery = gallery()
        await feed.add(model: "a")
        try await gallery.catchUp()

        await feed.holdNextRevision()
        let late = Task { try await gallery.catchUp() }
        await feed.untilHeld()
        await feed.add(model: "a")
        try await gallery.catchUp()
        await feed.release()
        try await late.value

        #expect(templates(gallery) == 2)
        #expect(await feed.readsFromTheBeginning == 1)
    }

    @Test func aRestoredBackupIsReadAnew() async throws {
        let gallery = gallery()
        for _ in 0..<3 { await feed.add(model: "a") }
        try await gallery.catchUp()
        #expect(templates(gallery) == 3)
        await feed.restore(revision: 1)
        try await gallery.catchUp()
        #expect(templates(gallery) == 1)
        #expect(await feed.readsFromTheBeginning == 2)
    }

    @Test func removedFacesAreGoneAndLongHistoriesComeInPieces() async throws {
        let gallery = gallery()
        var faces: [UUIDv7] = []
        for _ in 0..<12 { faces.append(await feed.add(model: "a")) }
        for face in faces.prefix(5) { await feed.remove(face) }
        try await gallery.catchUp()
        #expect(templates(gallery) == 7)
    }

    @Test func aFaceIsOutdatedUntilItHasATemplateOfThePresentModel() async throws {
        let gallery = gallery()
        let old = await feed.add(model: "b")
        await feed.add(model: "a")
        await feed.add(model: "a")
        try await gallery.catchUp()
        #expect(gallery.outdatedFaces == 1)
        #expect(Set(gallery.models.keys) == ["a", "b"])
        await feed.add(model: "a", to: old)
        try await gallery.catchUp()
        #expect(gallery.outdatedFaces == 0)
        await feed.add(model: "b")
        try await gallery.catchUp()
        let gone = await feed.add(model: "b")
        await feed.remove(gone)
        try await gallery.catchUp()
        #expect(gallery.outdatedFaces == 1)
    }
}

/// A history of faces, given out two at a time.
private actor GivenFeed: GalleryFeeding {
    private struct Change {
        var revision: Int64
        var face: GalleryChanges.Face
        var isRemoved = false
    }

    private var changes: [Change] = []
    private var revision: Int64 = 0
    private(set) var readsFromTheBeginning = 0
    private var isHolding = false
    private var held: CheckedContinuation<Void, Never>?
    private var waiter: CheckedContinuation<Void, Never>?

    @discardableResult
    func add(model: String, to face: UUIDv7? = nil) -> UUIDv7 {
        let former = changes.first { $0.face.id == face }?.face
        changes.removeAll { $0.face.id == face }
        revision += 1
        let number = Float(revision)
        let template = FaceTemplate(
            model: "\(model)@1", modelSHA256: model, vector: [number.squareRoot(), 1, 1 / number, 0.5])
        let id = face ?? UUIDv7()
        changes.append(
            Change(
                revision: revision,
                face: GalleryChanges.Face(
                    id: id, personID: former?.personID ?? UUIDv7(), isAnchor: false,
                    templates: (former?.templates ?? []) + [template])))
        return id
    }

    func remove(_ face: UUIDv7) {
        revision += 1
        for index in changes.indices where changes[index].face.id == face {
            changes[index].isRemoved = true
            changes[index].revision = revision
        }
    }

    func restore(revision: Int64) {
        self.revision = revision
        changes.removeAll { $0.revision > revision }
    }

    func holdNextRevision() { isHolding = true }

    func untilHeld() async {
        if held == nil { await withCheckedContinuation { waiter = $0 } }
    }

    func release() { held?.resume() }

    func galleryRevision() async throws -> Int64 {
        let answer = revision
        if isHolding {
            isHolding = false
            await withCheckedContinuation { continuation in
                held = continuation
                waiter?.resume()
            }
        }
        return answer
    }

    func galleryChanges(since start: Int64, limit: Int) async throws -> GalleryChanges {
        if start == 0 { readsFromTheBeginning += 1 }
        let later = changes.filter { $0.revision > start }.sorted { $0.revision < $1.revision }
        let piece = later.prefix(2)
        return GalleryChanges(
            revision: piece.count < later.count ? piece.last?.revision ?? start : revision,
            hasMore: piece.count < later.count, faces: piece.filter { !$0.isRemoved }.map(\.face),
            removed: piece.filter(\.isRemoved).map(\.face.id))
    }

    func personNames(_ ids: [UUIDv7]) async throws -> [UUIDv7: String] { [:] }
}

import AIBoxAPI
import NIOCore
import ServiceClients
import Testing

@testable import DataManager

@Suite struct GalleryFeedTests {
    private typealias Gallery = [UUIDv7: GalleryChanges.Face]

    /// Random changes; readers that stand anywhere in the history come to the same gallery as the tables have.
    @Test(arguments: 1...4, TestRows.embedded)
    func replayingFromAnyRevisionGivesTheGalleryAsItIs(_ seed: Int, _ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            var random = SplitMix(UInt64(seed))
            var readers: [(gallery: Gallery, revision: Int64)] = [([:], 0)]
            var (persons, faces): ([UUIDv7], [EnrolledFace]) = ([], [])
            var last: Int64 = 0
            for step in 0..<250 {
                try await change(manager, step, &persons, &faces, &random)
                let revision = try await manager.galleryRevision()
                #expect(revision >= last)
                last = revision
                if step % 25 == 0 {
                    var reader = readers[0]
                    try await follow(manager, &reader, limit: .random(in: 1...20, using: &random))
                    readers.append(reader)
                }
            }
            for var reader in readers {
                try await follow(manager, &reader, limit: .random(in: 1...30, using: &random))
                #expect(reader.revision == last)
                #expect(Set(reader.gallery.keys) == Set(faces.map(\.id)))
                for face in faces {
                    let stored = try await manager.faces(ofPerson: face.personID)?.first { $0.id == face.id }
                    let fed = try #require(reader.gallery[face.id])
                    #expect(stored?.models == fed.templates.map(\.model).sorted() && stored?.personID == fed.personID)
                    #expect((stored?.kind == .anchor) == fed.isAnchor)
                }
            }
        }
    }

    @Test(arguments: TestRows.here) func changesBetweenTwoPiecesAreNeitherLostNorDoubled(_ rows: TestRows) async throws
    {
        try await withDataManager(on: rows) { manager, _ in
            let person = Person(name: "x")
            try await manager.createPerson(person)
            let faces = (0..<6).map { _ in EnrolledFace.example(of: person.id) }
            for face in faces { _ = try await manager.addFace(face, template: .example(1), crop: nil) }
            var reader: (gallery: Gallery, revision: Int64) = ([:], 0)
            #expect(try await piece(manager, &reader, limit: 2))
            // One of what was read, one of what was not, and a new one.
            for face in [faces[0], faces[4]] { _ = try await manager.deleteFace(face.id, ofPerson: person.id) }
            #expect(try await manager.addTemplate(.example(2, model: "new"), toFace: faces[1].id))
            let added = EnrolledFace.example(of: person.id)
            _ = try await manager.addFace(added, template: .example(3), crop: nil)
            while try await piece(manager, &reader, limit: 2) {}
            #expect(Set(reader.gallery.keys) == Set([1, 2, 3, 5].map { faces[$0].id } + [added.id]))
            #expect(reader.gallery[faces[1].id]?.templates.count == 2)
        }
    }

    @Test(arguments: TestRows.here) func aPieceEndsWhereItsVectorsWouldBeTooMany(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let person = Person(name: "x")
            try await manager.createPerson(person)
            let faces = (0..<5).map { _ in EnrolledFace.example(of: person.id) }
            for face in faces { _ = try await manager.addFace(face, template: .example(1, count: 100), crop: nil) }
            _ = try await manager.deleteFace(faces[4].id, ofPerson: person.id)
            var (sizes, since): ([Int], Int64) = ([], 0)
            while true {
                let piece = try await manager.read { [since] in
                    try GalleryFeed(since: since, limit: 100, byteLimit: 1000).read($0, opening: manager.cipher)
                }
                sizes.append(piece.faces.count)
                since = piece.revision
                if !piece.hasMore { break }
            }
            #expect(sizes == [2, 2] && since == 6)
            let single = try await manager.read {
                try GalleryFeed(since: 0, limit: 100, byteLimit: 1).read($0, opening: manager.cipher)
            }
            #expect(single.faces.count == 1 && single.hasMore, "one that is too large alone is passed on")
        }
    }

    @Test(arguments: TestRows.here) func aReaderOfALaterStateIsToldTheEarlierRevision(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let changes = try await manager.galleryChanges(since: 1_000_000, limit: 10)
            #expect(changes.revision == 0 && changes.faces.isEmpty && !changes.hasMore)
        }
    }

    private func change(
        _ manager: DataManager, _ step: Int, _ persons: inout [UUIDv7], _ faces: inout [EnrolledFace],
        _ random: inout SplitMix
    ) async throws {
        switch UInt8.random(in: 0..<10, using: &random) {
        case 0:
            let person = Person(name: "person \(step)")
            try await manager.createPerson(person)
            persons.append(person.id)
        case 1 where persons.count > 2:
            let person = persons.remove(at: .random(in: persons.indices, using: &random))
            #expect(try await manager.deletePerson(person))
            faces.removeAll { $0.personID == person }
        case 2...3 where !faces.isEmpty:
            let face = faces.remove(at: .random(in: faces.indices, using: &random))
            #expect(try await manager.deleteFace(face.id, ofPerson: face.personID))
        case 4...5 where !faces.isEmpty:
            let model = ["a", "b", "c"].randomElement(using: &random) ?? "a"
            let face = faces[.random(in: faces.indices, using: &random)]
            #expect(try await manager.addTemplate(.example(UInt64(step), model: model), toFace: face.id))
        default:
            guard let person = persons.randomElement(using: &random) else { return }
            let face = EnrolledFace.example(of: person, Bool.random(using: &random) ? .face : .anchor)
            #expect(try await manager.addFace(face, template: .example(UInt64(step)), crop: nil) != nil)
            faces.append(face)
        }
    }

    private func follow(
        _ manager: DataManager, _ reader: inout (gallery: Gallery, revision: Int64), limit: Int
    ) async throws {
        while try await piece(manager, &reader, limit: limit) {}
    }

    /// Applies one piece; returns whether there are more.
    private func piece(
        _ manager: DataManager, _ reader: inout (gallery: Gallery, revision: Int64), limit: Int
    ) async throws -> Bool {
        let changes = try await manager.galleryChanges(since: reader.revision, limit: limit)
        #expect(changes.faces.count + changes.removed.count <= limit && changes.revision >= reader.revision)
        for id in changes.removed { reader.gallery[id] = nil }
        for face in changes.faces { reader.gallery[face.id] = face }
        reader.revision = changes.revision
        return changes.hasMore
    }
}

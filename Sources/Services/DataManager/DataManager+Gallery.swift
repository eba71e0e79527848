import AIBoxAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import ServiceClients

extension DataManager {
    public func galleryRevision() async throws -> Int64 {
        try await read { try GalleryRevision.current($0) }
    }

    /// A reader whose revision is greater than the answered one has seen a database that has since been replaced by an
    /// older copy; it starts again from 0.
    public func galleryChanges(since revision: Int64, limit: Int) async throws -> GalleryChanges {
        try FieldRules.check(limit: limit, in: 1...10_000)
        return try await read { [cipher] in
            try GalleryFeed(since: revision, limit: limit).read($0, opening: cipher)
        }
    }

    public func createPerson(_ person: Person) async throws {
        try FieldRules.check(person)
        let bytes = try PersonText(person).bytes()
        try await write { [cipher] in try person.insert(bytes, $0, sealing: cipher) }
    }

    public func person(_ id: UUIDv7) async throws -> Person? {
        try await read { [cipher] in try Person.find(id, $0, cipher) }
    }

    public func persons(_ query: PersonQuery) async throws -> Page<Person> {
        try FieldRules.check(query)
        let before = try query.cursor.map(PageCursor.id(in:))
        let search = PersonSearch(query: query, before: before, cipher: cipher)
        return try await read { try search.page($0) }
    }

    public func personNames(_ ids: [UUIDv7]) async throws -> [UUIDv7: String] {
        try FieldRules.check(count: ids.count, of: "ids")
        return try await read { [cipher] db in
            try ids.reduce(into: [:]) { names, id in names[id] = try Person.name(id, db, cipher) }
        }
    }

    public func updatePerson(_ id: UUIDv7, _ change: PersonChange) async throws -> Person? {
        try FieldRules.check(change)
        return try await write { [cipher] in try Person.update(id, change, $0, cipher) }
    }

    public func deletePerson(_ id: UUIDv7) async throws -> Bool {
        let isDeleted = try await write { [cipher] in try Person.delete(id, $0, cipher) }
        if isDeleted {
            try await eraseKey(of: id)
            await eraseCopies()
        }
        return isDeleted
    }

    public func addFace(
        _ face: EnrolledFace, template: FaceTemplate, crop: ByteBuffer?
    ) async throws -> EnrolledFace? {
        try FieldRules.check(face, crop)
        try FieldRules.check(template)
        let crop = crop.map { CropColumn.bytes(Data(buffer: $0)) }
        return try await write { [cipher] in try face.insert(template, crop: crop, $0, cipher) }
    }

    public func addTemplate(_ template: FaceTemplate, toFace id: UUIDv7) async throws -> Bool {
        try FieldRules.check(template)
        return try await write { [cipher] in try EnrolledFace.add(template, toFace: id, $0, cipher) }
    }

    public func faces(ofPerson id: UUIDv7) async throws -> [EnrolledFace]? {
        try await read { try EnrolledFace.all(ofPerson: id, $0) }
    }

    public func deleteFace(_ id: UUIDv7, ofPerson person: UUIDv7) async throws -> Bool {
        let isDeleted = try await write { try EnrolledFace.delete(id, ofPerson: person, $0) }
        if isDeleted { await eraseCopies() }
        return isDeleted
    }

    public func faceCrop(_ id: UUIDv7, ofPerson person: UUIDv7) async throws -> ByteBuffer? {
        let bytes = try await read { [cipher] in try EnrolledFace.crop(id, ofPerson: person, $0, cipher) }
        guard let bytes else { return nil }
        guard let jpeg = CropColumn.jpeg(in: bytes) else {
            throw Problem(
                500, "Internal Server Error", detail: "The stored crop is damaged.", type: "/problems/damaged")
        }
        return ByteBuffer(data: jpeg)
    }

    private func eraseCopies() async {
        guard await !database.eraseJournal() else { return }
        logger.warning("deleted biometric data stays in the database's journal until its next checkpoint")
    }
}

import AIBoxAPI
import NIOCore
import ServiceClients
import Testing

/// What every implementation of `GalleryKeeping` must do, beginning with an empty gallery.
func verifyGalleryKeeping(_ manager: any DataManaging) async throws {
    try await verifyPersons(manager)
    try await verifyFaces(manager)
    try await verifyFeed(manager)
    try await verifyDeletion(manager)
    try await verifyKnownPlates(manager)
}

private func verifyPersons(_ manager: any DataManaging) async throws {
    let person = Person(name: "Nguyễn Văn A", externalID: "a/1 ü", metadata: ["k": .array([.null, .bool(true)])])
    #expect(try await manager.person(person.id) == nil)
    try await manager.createPerson(person)
    try await manager.createPerson(person)  // a retry after a lost answer
    #expect(try await manager.person(person.id) == person)
    #expect(try await manager.personNames([person.id, UUIDv7()]) == [person.id: person.name])
    #expect(try await manager.personNames([]) == [:])

    let taken = await problem { try await manager.createPerson(Person(name: "B", externalID: "a/1 ü")) }
    #expect(taken?.status == 409)
    let others = (0..<5).map { Person(name: "Bình \($0)") }
    for other in others { try await manager.createPerson(other) }
    let found = try await manager.persons(PersonQuery { $0.name = "NGUYEN v" }).items.map(\.id)
    #expect(found == [person.id])
    #expect(try await manager.persons(PersonQuery { $0.externalID = "a/1 ü" }).items.map(\.id) == [person.id])
    #expect(try await manager.persons(PersonQuery { $0.externalID = "a/1" }).items.isEmpty)
    var (query, seen): (PersonQuery, [UUIDv7]) = (PersonQuery { ($0.name, $0.limit) = ("binh", 2) }, [])
    repeat {
        let page = try await manager.persons(query)
        seen += page.items.map(\.id)
        query.cursor = page.nextCursor
        try await manager.createPerson(Person(name: "Bình, later"))
    } while query.cursor != nil
    #expect(seen == others.map(\.id).reversed())
    let cursor = await problem { _ = try await manager.persons(PersonQuery { $0.cursor = "abc" }) }
    #expect(cursor?.status == 422)

    let change = PersonChange(name: "An", externalID: .some(nil))
    let changed = try #require(try await manager.updatePerson(person.id, change))
    #expect(changed.name == "An" && changed.externalID == nil && changed.metadata == person.metadata)
    #expect(try await manager.person(person.id) == changed && changed.updatedAt >= person.updatedAt)
    #expect(try await manager.updatePerson(UUIDv7(), change) == nil)
    _ = try await manager.updatePerson(others[0].id, PersonChange(externalID: "free again"))
    let second = await problem {
        _ = try await manager.updatePerson(person.id, PersonChange(externalID: "free again"))
    }
    #expect(second?.status == 409)
    #expect(try await manager.deletePerson(person.id))
    #expect(try await manager.deletePerson(person.id) == false)
    #expect(try await manager.person(person.id) == nil)
}

private func verifyFaces(_ manager: any DataManaging) async throws {
    let person = Person(name: "faces")
    try await manager.createPerson(person)
    let crop = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF] + (0..<3000).map { UInt8(truncatingIfNeeded: $0) })
    let (face, anchor) = (EnrolledFace.example(of: person.id), EnrolledFace.example(of: person.id, .anchor))
    let stored = try #require(try await manager.addFace(face, template: .example(1), crop: crop))
    #expect(stored.id == face.id && stored.models == ["face_embedder@1"] && stored.hasImage && stored.quality == 0.75)
    #expect(try await manager.addFace(face, template: .example(1), crop: crop) == stored, "one row")
    #expect(try await manager.addFace(anchor, template: .example(2), crop: nil)?.hasImage == false)
    #expect(try await manager.addFace(.example(of: UUIDv7()), template: .example(3), crop: nil) == nil)
    #expect(try await manager.faces(ofPerson: person.id)?.map(\.id) == [anchor.id, face.id])
    #expect(try await manager.faces(ofPerson: UUIDv7()) == nil)
    #expect(try await manager.person(person.id)?.faceCount == 1, "an anchor is no face to be recognised by")
    #expect(try await manager.faceCrop(face.id, ofPerson: person.id) == crop)
    #expect(try await manager.faceCrop(anchor.id, ofPerson: person.id) == nil)
    #expect(try await manager.faceCrop(face.id, ofPerson: UUIDv7()) == nil)

    #expect(try await manager.addTemplate(.example(4, model: "other@2"), toFace: face.id))
    #expect(try await manager.addTemplate(.example(4), toFace: UUIDv7()) == false)
    #expect(try await manager.faces(ofPerson: person.id)?.last?.models == ["face_embedder@1", "other@2"])
    #expect(try await manager.deleteFace(face.id, ofPerson: UUIDv7()) == false)
    #expect(try await manager.deleteFace(face.id, ofPerson: person.id))
    #expect(try await manager.deleteFace(face.id, ofPerson: person.id) == false)
    #expect(try await manager.faceCrop(face.id, ofPerson: person.id) == nil)
    let late = await problem { _ = try await manager.addFace(face, template: .example(1), crop: nil) }
    #expect(late?.status == 409, "a removed face does not come back with a late retry")
    let vector = FaceTemplate(model: "m", modelSHA256: "s", vector: [1, 1])
    let broken = await problem { _ = try await manager.addFace(.example(of: person.id), template: vector, crop: nil) }
    #expect(broken?.errors?.map(\.field) == ["template.vector"])
}

private func verifyFeed(_ manager: any DataManaging) async throws {
    let start = try await manager.galleryRevision()
    let person = Person(name: "feed")
    try await manager.createPerson(person)
    let faces = (0..<3).map { _ in EnrolledFace.example(of: person.id) }
    for (seed, face) in faces.enumerated() {
        _ = try await manager.addFace(face, template: .example(UInt64(seed), count: 512), crop: nil)
    }
    let page = try await manager.galleryChanges(since: start, limit: 2)
    #expect(page.faces.map(\.id) == faces[..<2].map(\.id) && page.hasMore && page.removed.isEmpty)
    #expect(page.faces.allSatisfy { $0.personID == person.id && !$0.isAnchor })
    #expect(page.faces.first?.templates == [.example(0, count: 512)], "every bit of it")
    #expect(try await manager.deletePerson(person.id))
    let rest = try await manager.galleryChanges(since: page.revision, limit: 10_000)
    #expect(rest.faces.isEmpty && Set(rest.removed) == Set(faces.map(\.id)) && !rest.hasMore)
    #expect(try await manager.galleryRevision() == rest.revision && rest.revision > page.revision)
    let none = try await manager.galleryChanges(since: rest.revision, limit: 1)
    #expect(none.faces.isEmpty && none.removed.isEmpty && none.revision == rest.revision && !none.hasMore)
    for limit in [0, 10_001] {
        let refusal = await problem { _ = try await manager.galleryChanges(since: 0, limit: limit) }
        #expect(refusal?.errors?.first?.field == "limit")
    }
}

private func verifyDeletion(_ manager: any DataManaging) async throws {
    let (person, other) = (Person(name: "seen"), Person(name: "also seen"))
    for person in [person, other] { try await manager.createPerson(person) }
    let record = InferenceRecord.example([.face(of: person), .face(of: other), .example(task: .poses, label: "pose")])
    try await manager.store(record, picture: nil)
    _ = try await manager.updatePerson(person.id, PersonChange(name: "renamed"))
    let query = DetectionQuery { $0.personID = person.id }
    let seen = try await manager.detections(query).items
    #expect(seen.map(\.id) == [record.detections[0].id])
    #expect(seen.first?.details.person == FaceMatch(id: person.id, name: "renamed", similarity: 0.9, cosine: 0.6))
    #expect(try await manager.detection(record.detections[0].id)?.details.person?.name == "renamed")

    #expect(try await manager.deletePerson(person.id))
    #expect(try await manager.detections(query).items.isEmpty)
    #expect(try await manager.personNames([person.id]) == [:])
    let left = try await manager.inference(record.id)?.detections.map(\.details.person?.name)
    #expect(left == [nil, "also seen", nil])
    // Recognised before, stored after the deletion.
    let late = InferenceRecord.example([.face(of: person)])
    try await manager.store(late, picture: nil)
    #expect(try await manager.inference(late.id)?.detections.first?.details == DetectionDetails())
    #expect(try await manager.detections(query).items.isEmpty)
}

private func verifyKnownPlates(_ manager: any DataManaging) async throws {
    let plate = KnownPlate(plateNumber: "51F-123.45", label: "boss", list: .allow)
    #expect(try await manager.knownPlate(plate.id) == nil)
    try await manager.createKnownPlate(plate)
    try await manager.createKnownPlate(plate)  // a retry after a lost answer
    #expect(try await manager.knownPlate(plate.id) == plate)
    let alike = await problem {
        try await manager.createKnownPlate(KnownPlate(plateNumber: "51f 12345", label: "", list: .deny))
    }
    #expect(alike?.status == 409)
    let empty = await problem {
        try await manager.createKnownPlate(KnownPlate(plateNumber: " -·", label: "", list: .deny))
    }
    #expect(empty?.errors?.map(\.field) == ["plate_number"])
    let other = KnownPlate(plateNumber: "EN 167", label: "", list: .deny, notes: "line\nbreak")
    try await manager.createKnownPlate(other)

    let matches = try await manager.matchPlates(["51F12345", "X", "en-167", "", "S1F12345"], fuzzy: false)
    #expect(matches.map { $0?.plateNumber } == ["51F-123.45", nil, "EN 167", nil, nil])
    #expect(matches.compactMap { $0?.isExact } == [true, true])
    let fuzzy = try await manager.matchPlates(["5IF12345", "EN167", "EM168"], fuzzy: true)
    #expect(fuzzy.map { $0?.isExact } == [false, true, nil])
    #expect(try await manager.matchPlates([], fuzzy: true).isEmpty)

    var query = KnownPlateQuery()
    query.limit = 1
    let page = try await manager.knownPlates(query)
    #expect(page.items == [other])
    query.cursor = page.nextCursor
    #expect(try await manager.knownPlates(query).items == [plate])
    (query.cursor, query.list) = (nil, .allow)
    #expect(try await manager.knownPlates(query).items == [plate])

    let change = KnownPlateChange(plateNumber: "51F 12346", list: .watch)
    let changed = try #require(try await manager.updateKnownPlate(plate.id, change))
    #expect(changed.plateNumber == "51F 12346" && changed.list == .watch && changed.label == "boss")
    #expect(try await manager.matchPlates(["51F12345", "51F12346"], fuzzy: false).map { $0?.id } == [nil, plate.id])
    let taken = await problem { _ = try await manager.updateKnownPlate(plate.id, .init(plateNumber: "en167")) }
    #expect(taken?.status == 409)
    #expect(try await manager.updateKnownPlate(UUIDv7(), change) == nil)
    #expect(try await manager.deleteKnownPlate(plate.id))
    #expect(try await manager.deleteKnownPlate(plate.id) == false)
}

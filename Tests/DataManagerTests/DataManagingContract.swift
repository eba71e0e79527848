import AIBoxAPI
import NIOCore
import ServiceClients
import Testing

/// What every implementation of `DataManaging` must do; each part works on a manager without users and uses camera
/// names of its own.
func verifyDataManaging(_ manager: any DataManaging) async throws {
    try await verifyStoring(manager)
    try await verifyPictures(manager)
    try await verifyPaging(manager)
    try await verifyPlateSearch(manager)
    try await verifyRefusals(manager)
    try await verifyMetadata(manager)
    try await verifySummaries(manager)
    let user = try await verifyUsers(manager)
    try await verifySessions(manager, of: user)
    try await verifyPasswords(manager, of: user)
    try await verifyGalleryKeeping(manager)
    try await verifyDeviceKeeping(manager)
    try await verifyJobKeeping(manager)
    try await verifyBackupKeeping(manager)
    try await verifyFileKeeping(manager)
    #expect(try await manager.health().status != .unhealthy)
}

/// Without any, and while no job is run.
private func verifyBackupKeeping(_ manager: any DataManaging) async throws {
    #expect(try await manager.backups().isEmpty)
    let job = try await manager.createJob(Job(kind: Job.Kind.backup))
    #expect(job.state == .queued && job.maxAttempts == 3)
    _ = try await manager.cancelJob(job.id)
    for payload in [
        JSONValue.object([:]), .object(["id": .string("x")]), .object(["id": .string("\(job.id)"), "x": .null]),
    ] {
        let refused = await problem {
            _ = try await manager.createJob(Job(kind: Job.Kind.backupVerify, payload: payload))
        }
        #expect(refused?.errors?.map(\.field) == ["payload"])
    }
}

private func verifyStoring(_ manager: any DataManaging) async throws {
    let record = InferenceRecord.example(camera: "gate/1 & côté", device: "pi-5", [.example(), .plate])
    #expect(try await manager.inference(record.id) == nil)
    try await manager.store(record, picture: nil)
    try await manager.store(record, picture: nil)  // a retry after a lost answer

    let stored = try #require(try await manager.inference(record.id))
    #expect(stored.requestID == record.requestID && stored.models == record.models && stored.image == record.image)
    #expect(stored.cameraID == record.cameraID && stored.deviceID == "pi-5" && stored.capturedAt == record.capturedAt)
    #expect(!stored.hasImage && stored.detections.map(\.id) == record.detections.map(\.id).sorted())

    let plate = try #require(try await manager.detection(record.detections[1].id))
    #expect(plate.inferenceID == record.id && plate.task == .plates && plate.plateNumber == "51F12345")
    #expect(plate.details == record.detections[1].details && plate.cameraID == record.cameraID)
    #expect(plate.boundingBox == record.detections[1].boundingBox && plate.confidence == 0.9)

    let page = try await manager.detections(DetectionQuery { $0.cameraID = record.cameraID })
    #expect(page.items.map(\.id) == record.detections.map(\.id).sorted().reversed() && page.nextCursor == nil)
    #expect(try await manager.detection(UUIDv7()) == nil)
}

func verifyPictures(_ manager: any DataManaging) async throws {
    let picture = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF] + (0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
    let (with, without) = (InferenceRecord.example(), InferenceRecord.example())
    try await manager.store(with, picture: picture)
    try await manager.store(without, picture: nil)
    #expect(try await manager.picture(ofInference: with.id) == picture)
    #expect(try await manager.inference(with.id)?.hasImage == true)
    #expect(try await manager.detection(with.detections[0].id)?.hasImage == true)
    #expect(try await manager.picture(ofInference: without.id) == nil)
    #expect(try await manager.picture(ofInference: UUIDv7()) == nil)
}

private func verifyPaging(_ manager: any DataManaging) async throws {
    let record = InferenceRecord.example(camera: "paging", (0..<7).map { _ in .example() })
    try await manager.store(record, picture: nil)
    var query = DetectionQuery {
        $0.cameraID = "paging"
        $0.limit = 3
    }
    var seen: [UUIDv7] = []
    repeat {
        let page = try await manager.detections(query)
        seen += page.items.map(\.id)
        query.cursor = page.nextCursor
        // What is stored between two pages is newer than all of them.
        try await manager.store(.example(camera: "paging"), picture: nil)
    } while query.cursor != nil
    #expect(seen == record.detections.map(\.id).sorted().reversed())
}

private func verifyRefusals(_ manager: any DataManaging) async throws {
    let text = await problem { try await manager.store(.example(camera: "a\u{0}b"), picture: nil) }
    #expect(text?.status == 422 && text?.errors?.first?.field == "camera_id")
    let limit = await problem { _ = try await manager.detections(DetectionQuery { $0.limit = 501 }) }
    #expect(limit?.errors?.first?.field == "limit")
    let cursor = await problem { _ = try await manager.detections(DetectionQuery { $0.cursor = "abc" }) }
    #expect(cursor?.status == 422 && cursor?.errors?.first?.field == "cursor")
    var stolen = InferenceRecord.example()
    try await manager.store(stolen, picture: nil)
    stolen.id = UUIDv7()
    let conflict = await problem { [stolen] in try await manager.store(stolen, picture: nil) }
    #expect(conflict?.status == 409, "a detection belongs to one inference")
    #expect(try await manager.inference(stolen.id) == nil, "nothing of it is stored")
}

private func verifyUsers(_ manager: any DataManaging) async throws -> UUIDv7 {
    let credential = StoredCredential.example("ad/min ü?&")
    #expect(try await manager.credential(username: credential.user.username) == nil)
    #expect(try await manager.createFirstUser(credential))
    #expect(try await manager.createFirstUser(.example("second")) == false)
    let stored = try #require(try await manager.credential(username: credential.user.username))
    #expect(stored.user == credential.user && stored.passwordHash == credential.passwordHash)
    #expect(try await manager.credential(username: "AD/MIN ü?&") == nil, "names are compared exactly")
    #expect(try await manager.credential(username: credential.user.username + "\u{0}x") == nil)
    #expect(try await manager.user(credential.user.id) == credential.user)
    #expect(try await manager.user(UUIDv7()) == nil)
    return credential.user.id
}

private func verifySessions(_ manager: any DataManaging, of user: UUIDv7) async throws {
    let session = StoredSession.example(of: user, "hash-1")
    try await manager.openSession(session)
    #expect(try await manager.session(session.id)?.refreshHash == "hash-1")
    let later = Timestamp.now + 120_000
    let rotated = try await manager.rotateSession(refreshHash: "hash-1", successorHash: "hash-2", expiresAt: later)
    #expect(rotated?.id == session.id && rotated?.userID == user)
    #expect(rotated?.refreshHash == "hash-2" && rotated?.expiresAt == later)
    #expect(try await manager.rotateSession(refreshHash: "none", successorHash: "x", expiresAt: later) == nil)
    #expect(try await manager.session(session.id) != nil, "an unknown token closes nothing")

    // The first token again: two parties hold it.
    #expect(try await manager.rotateSession(refreshHash: "hash-1", successorHash: "hash-3", expiresAt: later) == nil)
    #expect(try await manager.session(session.id) == nil)
    #expect(try await manager.rotateSession(refreshHash: "hash-2", successorHash: "hash-4", expiresAt: later) == nil)

    let (closed, expired) = (StoredSession.example(of: user, "a"), StoredSession.example(of: user, "b", lifetime: -1))
    try await manager.openSession(closed)
    try await manager.openSession(expired)
    try await manager.closeSession(closed.id)
    try await manager.closeSession(closed.id)
    #expect(try await manager.session(closed.id) == nil)
    #expect(try await manager.session(expired.id) == nil)
    #expect(try await manager.rotateSession(refreshHash: "b", successorHash: "c", expiresAt: later) == nil)
}

private func verifyPasswords(_ manager: any DataManaging, of user: UUIDv7) async throws {
    let sessions = ["kept", "other", "third"].map { StoredSession.example(of: user, "password-\($0)") }
    for session in sessions { try await manager.openSession(session) }
    let ended = try await manager.setPassword("$new$", mustChange: false, ofUser: user, keeping: sessions[0].id)
    #expect(Set(ended) == [sessions[1].id, sessions[2].id])
    #expect(try await manager.session(sessions[0].id) != nil)
    #expect(try await manager.session(sessions[1].id) == nil)
    let later = Timestamp.now + 60_000
    let renewed = try await manager.rotateSession(
        refreshHash: "password-other", successorHash: "password-x", expiresAt: later)
    #expect(renewed == nil, "a refresh token of an ended session is good for nothing")

    let name = try #require(try await manager.user(user)).username
    var stored = try #require(try await manager.credential(username: name))
    #expect(stored.passwordHash == "$new$" && !stored.user.mustChangePassword)
    #expect(try await manager.setPassword("$reset$", mustChange: true, ofUser: user, keeping: nil) == [sessions[0].id])
    stored = try #require(try await manager.credential(username: name))
    #expect(stored.passwordHash == "$reset$" && stored.user.mustChangePassword)
    #expect(try await manager.session(sessions[0].id) == nil)
    let nobody = await problem {
        _ = try await manager.setPassword("$new$", mustChange: false, ofUser: UUIDv7(), keeping: nil)
    }
    #expect(nobody?.status == 404)
}

import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import ServiceClients
import Testing

@testable import Gateway

/// Enrolment, with a model server that sees in a picture what the test says.
@Suite(.timeLimit(.minutes(1)))
struct FaceTests {
    private static let picture = RunningGateway.picture

    private static func persons(_ names: [String], _ client: AIBoxClient) async throws -> [UUIDv7] {
        var ids: [UUIDv7] = []
        for name in names { ids.append(try await client.createPerson(NewPerson(name: name)).id) }
        return ids
    }

    @Test func enrolmentTellsTheFaceAndNamesWhoElseLooksSo() async throws {
        let alike = Shared<[UUIDv7]>([])
        let models = GivenModels(enrolment: { picture, _ in
            #expect(picture == Self.picture)
            return .example(matches: alike.value, crop: false)
        })
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let ids = try await Self.persons(["Ada", "Berta", "gone"], client)
            try await client.deletePerson(ids[2])
            alike.update { $0 = [ids[1], ids[2], ids[0]] }
            let answer = try await client.enrol(Self.picture, as: ids[0])
            #expect(answer.duplicates.map(\.id) == [ids[1]])
            #expect(answer.duplicates.map(\.name) == ["Berta"])
            #expect(answer.face.personID == ids[0] && answer.face.models == ["embedder@1"])
            #expect(answer.face.quality == 0.7 && answer.quality.sharpness == 0.7)
            #expect(answer.liveness == Liveness(live: true, score: 0.9) && answer.boundingBox == .example)
            #expect(try await client.person(ids[0]).faceCount == 1)
            #expect(try await client.faces(of: ids[0]) == [answer.face])
        }
    }

    @Test(arguments: [(nil, false), ("true", true), ("false", false)])
    func cropIsKeptOnlyWhenAskedFor(option: String?, isKept: Bool) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let id = try await Self.persons(["Ada"], client)[0]
            let query = option.map { "?save_image=\($0)" } ?? ""
            let answer = try await box.call(
                .POST, "/human-analysis/persons/\(id)/faces\(query)", token: await client.accessToken,
                body: Self.picture)
            #expect(answer.status == 201)
            let face = try answer.decode(EnrolledFace.self)
            #expect(answer.headers.first(name: "location") == "/human-analysis/persons/\(id)/faces/\(face.id)")
            #expect(face.hasImage == isKept)
            let image = try await box.call(
                .GET, "/human-analysis/persons/\(id)/faces/\(face.id)/image", token: await client.accessToken)
            #expect(image.status == (isKept ? 200 : 404))
            if isKept {
                #expect(Data(image.body.readableBytesView) == EnrolmentOutcome.crop)
                #expect(image.headers.first(name: "content-type") == "image/jpeg")
                #expect(image.headers.first(name: "cache-control") == "private, no-store")
            }
        }
    }

    @Test(arguments: [
        "no-face", "several-faces", "face-too-small", "face-blurred", "face-turned", "face-badly-lit", "face-not-live",
    ])
    func pictureOfNoUseIsRefusedWithTheReason(kind: String) async throws {
        let models = GivenModels(enrolment: { _, _ in
            var problem = Problem.invalid("image", "shows \(kind)")
            problem.type = "/problems/\(kind)"
            throw problem
        })
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let id = try await Self.persons(["Ada"], client)[0]
            let problem = await #expect(throws: Problem.self) { try await client.enrol(Self.picture, as: id) }
            #expect(problem?.status == 422 && problem?.type == "/problems/\(kind)")
            #expect(problem?.errors?.map(\.field) == ["image"])
            #expect(try await client.faces(of: id).isEmpty)
        }
    }

    @Test func faceOfAnotherPersonIsNotFound() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let ids = try await Self.persons(["Ada", "Berta"], client)
            let face = try await client.enrol(Self.picture, as: ids[0], savesCrop: true).face.id
            for person in [ids[1], UUIDv7()] {
                await Self.expect(404) { _ = try await client.picture(ofFace: face, of: person) }
                await Self.expect(404) { _ = try await client.reEmbed(face, of: person) }
                await Self.expect(404) { try await client.deleteFace(face, of: person) }
            }
            await Self.expect(404) { _ = try await client.enrol(Self.picture, as: UUIDv7()) }
            await Self.expect(404) { _ = try await client.faces(of: UUIDv7()) }
            #expect(try await client.faces(of: ids[0]).map(\.id) == [face])
            try await client.deleteFace(face, of: ids[0])
            #expect(try await client.faces(of: ids[0]).isEmpty)
        }
    }

    private static func expect(_ status: Int, _ call: () async throws -> Void) async {
        let problem = await #expect(throws: Problem.self) { try await call() }
        #expect(problem?.status == status)
    }

    @Test func personDeletedDuringTheEnrolmentGetsNoFace() async throws {
        let box = Shared<RunningGateway?>(nil)
        let models = GivenModels(enrolment: { _, _ in
            if let data = box.value?.data, let person = try await data.persons(PersonQuery()).items.first {
                _ = try await data.deletePerson(person.id)
            }
            return .example(crop: true)
        })
        try await withGateway(models: models) { running in
            box.update { $0 = running }
            let client = try await running.client()
            let id = try await Self.persons(["Ada"], client)[0]
            await Self.expect(404) { _ = try await client.enrol(Self.picture, as: id, savesCrop: true) }
            #expect(try await running.data.galleryChanges(since: 0, limit: 10).faces.isEmpty)
        }
    }

    @Test func optionsReachTheModelServer() async throws {
        let seen = Shared<[EnrolmentRequest]>([])
        let models = GivenModels(enrolment: { _, request in
            seen.update { $0.append(request) }
            return .example(crop: request.keepCrop)
        })
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let id = try await Self.persons(["Ada"], client)[0]
            _ = try await client.enrol(Self.picture, as: id)
            _ = try await client.enrol(Self.picture, as: id, savesCrop: true, requireLive: true)
            let anchor = try await client.enrol(Self.picture, as: id, kind: .anchor)
            #expect(anchor.face.kind == .anchor && anchor.duplicates.isEmpty)
            #expect(seen.value.map(\.keepCrop) == [false, true, false])
            #expect(seen.value.map(\.requireLive) == [false, true, false])
            #expect(seen.value.map(\.isCrop) == [false, false, true])
            #expect(try await client.person(id).faceCount == 2, "an anchor is nothing to be recognised by")
        }
    }

    /// The three calls that take a picture or a kept one, with a deadline.
    private static func callAll(_ deadline: String, _ box: RunningGateway) async throws -> [RunningGateway.Answer] {
        let client = try await box.client()
        let person = try await persons(["Ada"], client)[0]
        let kept = try await client.enrol(picture, as: person, savesCrop: true).face.id
        let faces = "/human-analysis/persons/\(person)/faces"
        let pair = Body.form([(#"name="image1""#, picture), (#"name="image2""#, picture)])
        let calls: [(String, ByteBuffer?, (String, String)?)] = [
            (faces, picture, nil), ("\(faces)/\(kept)/re-embed", nil, nil),
            ("/human-analysis/face-verification", pair, Body.form),
        ]
        var answers: [RunningGateway.Answer] = []
        for (path, body, type) in calls {
            answers.append(
                try await box.call(
                    .POST, path, token: await client.accessToken,
                    headers: [("X-Deadline-Ms", deadline)] + [type].compactMap { $0 }, body: body))
        }
        return answers
    }

    @Test(arguments: [("5000", 5000), ("600000", 30_000)])
    func deadlineReachesTheModelServer(deadline: String, most: Int) async throws {
        let seen = Shared<[Int?]>([])
        let models = GivenModels(
            enrolment: { _, request in
                seen.update { $0.append(request.deadlineMS) }
                return .example(crop: request.keepCrop)
            },
            verification: { _, _, request in
                seen.update { $0.append(request.deadlineMS) }
                return .example(request.requestID)
            })
        try await withGateway(models: models) { box in
            let answers = try await Self.callAll(deadline, box)
            #expect(answers.map(\.status) == [201, 200, 200])
            // The first was made without a deadline.
            #expect(seen.value.count == 4)
            #expect(seen.value.dropFirst().allSatisfy { $0.map { (1...most).contains($0) } == true })
        }
    }

    @Test(arguments: ["0", "soon", "600001"]) func wrongDeadlineIsRefusedByName(value: String) async throws {
        try await withGateway { box in
            for answer in try await Self.callAll(value, box) {
                #expect(answer.status == 422)
                #expect(try answer.decode(Problem.self).errors?.map(\.field) == ["X-Deadline-Ms"])
            }
        }
    }

    @Test func keptCropGetsTheTemplateOfAnotherModel() async throws {
        let model = Shared("embedder@1")
        let models = GivenModels(enrolment: { picture, request in
            #expect(!request.isCrop || Data(picture.readableBytesView) == EnrolmentOutcome.crop)
            var outcome = EnrolmentOutcome.example(model: model.value, crop: request.keepCrop)
            outcome.template.modelSHA256 = model.value
            return outcome
        })
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let id = try await Self.persons(["Ada"], client)[0]
            let kept = try await client.enrol(Self.picture, as: id, savesCrop: true).face.id
            let forgotten = try await client.enrol(Self.picture, as: id).face.id
            model.update { $0 = "embedder@2" }
            #expect(try await Set(client.reEmbed(kept, of: id).models) == ["embedder@1", "embedder@2"])
            await Self.expect(409) { _ = try await client.reEmbed(forgotten, of: id) }
        }
    }

    @Test(arguments: [1, 2, 5, 500])
    func facesComeInPages(limit: Int) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let id = try await Self.persons(["Ada"], client)[0]
            var made: [UUIDv7] = []
            for _ in 0..<5 { made.append(try await client.enrol(Self.picture, as: id).face.id) }
            var (found, cursor): ([UUIDv7], String?) = ([], "")
            while let next = cursor {
                let query = "limit=\(limit)" + (next.isEmpty ? "" : "&cursor=\(next)")
                let page: Page<EnrolledFace> = try await box.call(
                    .GET, "/human-analysis/persons/\(id)/faces?\(query)", token: await client.accessToken
                ).decode()
                #expect(page.items.count <= limit)
                found += page.items.map(\.id)
                cursor = page.nextCursor
            }
            #expect(found == made.reversed())
        }
    }
}

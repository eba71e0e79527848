import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import ServiceClients
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct RecognitionTests {
    private static let picture = RunningGateway.picture
    private static let recognition = "/human-analysis/face-recognition"

    /// A model server that sees these persons (`nil`: a stranger), and asks for them at each call.
    private static func seeing(_ persons: Shared<[UUIDv7?]>) -> GivenModels {
        GivenModels(analysis: { _, request in
            #expect(request.tasks == [.faces] && request.recognize)
            return .faces(persons.value)
        })
    }

    @Test func answerNamesPersonsAsTheyAreNow() async throws {
        let seen = Shared<[UUIDv7?]>([])
        try await withGateway(models: Self.seeing(seen)) { box in
            let client = try await box.client()
            let ada = try await client.createPerson(NewPerson(name: "Ada"))
            seen.update { $0 = [ada.id, nil] }
            let answer = try await client.recognize(Self.picture)
            #expect(answer.task == "recognition")
            #expect(answer.faces?.map { $0.person?.name } == ["Ada", nil])
            #expect(answer.faces?.first?.person?.cosine == 0.6)
            let raw = try await box.call(
                .POST, Self.recognition, token: await client.accessToken, body: Self.picture)
            #expect(String(buffer: raw.body).contains(#""person":null"#), "a stranger is told, not left out")
        }
    }

    @Test func personDeletedBetweenSearchAndAnswerIsNotNamed() async throws {
        let running = Shared<RunningGateway?>(nil)
        let models = GivenModels(analysis: { _, _ in
            guard let data = running.value?.data, let person = try await data.persons(PersonQuery()).items.first else {
                return .faces([nil])
            }
            _ = try await data.deletePerson(person.id)
            return .faces([person.id])
        })
        try await withGateway(models: models) { box in
            running.update { $0 = box }
            let client = try await box.client()
            _ = try await client.createPerson(NewPerson(name: "Ada"))
            let answer = try await client.recognize(Self.picture)
            #expect(answer.faces?.count == 1 && answer.faces?.first?.person == nil)
            let inference = try await client.inference(try #require(answer.id))
            #expect(inference.detections.map { $0.details.person == nil } == [true])
        }
    }

    @Test func drawingWithTheNameOfADeletedPersonIsMadeAgain() async throws {
        let running = Shared<RunningGateway?>(nil)
        let models = GivenModels(analysis: { _, request in
            #expect(request.annotate && request.blur == .unknownFaces)
            guard let data = running.value?.data, let person = try await data.persons(PersonQuery()).items.first else {
                return .faces([nil], drawing: "nobody")
            }
            _ = try await data.deletePerson(person.id)
            return .faces([person.id], drawing: "Ada")
        })
        try await withGateway(models: models) { box in
            running.update { $0 = box }
            let client = try await box.client()
            _ = try await client.createPerson(NewPerson(name: "Ada"))
            let answer = try await box.call(
                .POST, "\(Self.recognition)?blur=unknown_faces", token: await client.accessToken,
                headers: [("Accept", "image/jpeg")], body: Self.picture)
            #expect(answer.status == 200 && String(buffer: answer.body) == "nobody")
        }
    }

    @Test func sightingsOfAPersonAreFoundAndBecomeAnonymous() async throws {
        let seen = Shared<[UUIDv7?]>([])
        try await withGateway(models: Self.seeing(seen)) { box in
            let client = try await box.client()
            let ada = try await client.createPerson(NewPerson(name: "Ada"))
            let berta = try await client.createPerson(NewPerson(name: "Berta"))
            seen.update { $0 = [ada.id, berta.id, nil] }
            _ = try await client.recognize(Self.picture)
            var query = DetectionQuery()
            query.personID = ada.id
            let found = try await client.detections(query).items
            #expect(found.map { $0.details.person?.name } == ["Ada"])
            _ = try await client.updatePerson(ada.id, PersonChange(name: "Ada L."))
            #expect(try await client.detections(query).items.map { $0.details.person?.name } == ["Ada L."])
            try await client.deletePerson(ada.id)
            #expect(try await client.detections(query).items.isEmpty)
            let all = try await client.detections().items
            #expect(all.count == 3)
            #expect(all.compactMap { $0.details.person?.name } == ["Berta"])
        }
    }

    struct Rule: Sendable, CustomTestStringConvertible {
        var path: String
        var isDrawn = false
        /// Named in the refusal; `nil`: accepted.
        var field: String?
        var testDescription: String { "\(path) \(isDrawn ? "drawn" : "")" }
    }

    private static let rules = [
        Rule(path: "\(recognition)?require_live=true"),
        Rule(path: "\(recognition)?recognize=true", field: "recognize"),
        Rule(path: "\(recognition)?blur=faces", field: "blur"),
        Rule(path: "\(recognition)?blur=faces", isDrawn: true),
        Rule(path: "\(recognition)?blur=unknown_faces", isDrawn: true),
        Rule(path: "\(recognition)?blur=faces&save_image=true", isDrawn: true, field: "blur"),
        Rule(path: "\(recognition)?blur=eyes", isDrawn: true, field: "blur"),
        Rule(path: "/human-analysis/face-detection?require_live=true", field: "require_live"),
        Rule(path: "/human-analysis/face-detection?blur=unknown_faces", isDrawn: true, field: "blur"),
        Rule(path: "/vehicle-analysis/license-plate?blur=plates", isDrawn: true),
        Rule(path: "/vehicle-analysis/license-plate?blur=unknown_faces", isDrawn: true, field: "blur"),
        Rule(path: "/vehicle-analysis/vehicle-detection?fuzzy=true", field: "fuzzy"),
        Rule(path: "/human-analysis/person-detection?attributes=true&embedding=true"),
        Rule(path: "/human-analysis/behavior-analysis?attributes=true"),
        Rule(path: "/human-analysis/pose-estimation?attributes=true", field: "attributes"),
        Rule(path: "/vehicle-analysis/vehicle-classification?vehicles=all"),
        Rule(path: "/vehicle-analysis/vehicle-classification?vehicles=some", field: "vehicles"),
        Rule(path: "/analyze?tasks=faces&require_live=true", field: "require_live"),
        Rule(path: "/analyze?tasks=faces&require_live=true&recognize=true"),
        Rule(path: "/analyze?tasks=plates&recognize=true", field: "recognize"),
        Rule(path: "/analyze?tasks=plates&behavior=true", field: "behavior"),
        Rule(path: "/analyze?tasks=faces&attributes=true", field: "attributes"),
        Rule(path: "/analyze?tasks=persons,poses&behavior=true&attributes=true&embedding=true"),
        Rule(path: "/analyze?tasks=faces&recognize=true&blur=unknown_faces", isDrawn: true),
    ]

    @Test(arguments: rules)
    func optionsGoTogetherOrAreRefused(rule: Rule) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, rule.path, token: try await box.token(.operator),
                headers: rule.isDrawn ? [("Accept", "image/jpeg")] : [], body: Self.picture)
            #expect(answer.status == (rule.field == nil ? 200 : 422), "\(String(buffer: answer.body))")
            if let field = rule.field {
                #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
            }
        }
    }

    @Test func eachCallAsksForItsOwn() async throws {
        let seen = Shared<[AnalysisRequest]>([])
        let models = GivenModels(analysis: { _, request in
            seen.update { $0.append(request) }
            return AnalysisOutcome(result: .example(request.tasks))
        })
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let poses = try await client.detect(.poses, in: Self.picture)
            #expect(poses.task == "poses" && poses.poses?.first?.keypoints.first?.name == "nose")
            #expect(poses.persons == nil)
            #expect(try await client.analyzeBehavior(in: Self.picture).task == "behavior")
            #expect(try await client.classifyVehicles(in: Self.picture).task == "classification")
            #expect(try await client.classifyVehicles(in: Self.picture, .all).vehicles?.count == 1)
            var settings = AnalysisSettings()
            settings.requireLive = true
            #expect(try await client.recognize(Self.picture, settings).task == "recognition")
            settings = AnalysisSettings()
            (settings.attributes, settings.embedding, settings.behavior) = (true, true, true)
            _ = try await client.analyze(Self.picture, tasks: [.persons], settings)
            let requests = seen.value
            #expect(requests.map(\.tasks) == [[.poses], [.persons], [.vehicles], [.vehicles], [.faces], [.persons]])
            #expect(requests.map(\.behavior) == [false, true, false, false, false, true])
            #expect(requests.map(\.classify) == [nil, nil, .largest, .all, nil, nil])
            #expect(requests.map(\.recognize) == [false, false, false, false, true, false])
            #expect(requests.map(\.requireLive) == [false, false, false, false, true, false])
            #expect(requests.map(\.attributes) == [false, false, false, false, false, true])
            #expect(requests.map(\.embedding) == [false, false, false, false, false, true])
        }
    }
}

import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import ServiceClients
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct AnalysisTests {
    private static let persons = "/human-analysis/person-detection"
    private static let picture = RunningGateway.picture

    private static func form(_ parts: [(String, String)], image: ByteBuffer? = picture) -> ByteBuffer {
        var body = ByteBuffer()
        if let image {
            body.writeString("--BB\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x\"\r\n\r\n")
            body.writeImmutableBuffer(image)
            body.writeString("\r\n")
        }
        for (name, value) in parts {
            body.writeString("--BB\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n")
        }
        body.writeString("--BB--\r\n")
        return body
    }

    private static let formType = ("Content-Type", "multipart/form-data; boundary=BB")
    private static let jsonType = ("Content-Type", "application/json")

    private static func json(_ members: String) -> ByteBuffer {
        let base64 = Data(picture.readableBytesView).base64EncodedString()
        return ByteBuffer(string: #"{"image":"\#(base64)"\#(members.isEmpty ? "" : ","+members)}"#)
    }

    private actor Seen {
        private(set) var calls: [(ByteBuffer, AnalysisRequest)] = []
        func append(_ picture: ByteBuffer, _ request: AnalysisRequest) { calls.append((picture, request)) }
    }

    @Test func allFormsReachTheModelServerAsTheSameRequest() async throws {
        let seen = Seen()
        let models = GivenModels(analysis: { picture, request in
            await seen.append(picture, request)
            return AnalysisOutcome(result: .example(request.tasks))
        })
        try await withGateway(models: models) { box in
            let token = try await box.token(.operator)
            let query = "?threshold=0.25&max_results=7&profile=fast&country_code=de&store=none&tasks=plates,faces"
            let parts = [
                ("threshold", "0.25"), ("max_results", "7"), ("profile", "fast"), ("country_code", "de"),
                ("store", "none"), ("tasks", "plates,faces"),
            ]
            let members =
                #""threshold":0.25,"max_results":7,"profile":"fast","country_code":"de","store":"none","tasks":["faces","plates"]"#
            let calls: [(String, (String, String), ByteBuffer)] = [
                ("/analyze\(query)", ("Content-Type", "image/jpeg"), Self.picture),
                ("/analyze\(query)", ("Content-Type", "application/octet-stream"), Self.picture),
                ("/analyze\(query)", ("Content-Type", "application/x-www-form-urlencoded"), Self.picture),
                ("/analyze", Self.formType, Self.form(parts)),
                ("/analyze?threshold=0.25", Self.formType, Self.form(parts)),
                ("/analyze", Self.jsonType, Self.json(members)),
            ]
            for (path, type, body) in calls {
                let answer = try await box.call(.POST, path, token: token, headers: [type], body: body)
                #expect(answer.status == 200, "\(type.1): \(String(buffer: answer.body))")
            }
            for (picture, request) in await seen.calls {
                #expect(picture.readableBytesView.elementsEqual(Self.picture.readableBytesView))
                #expect(request.tasks == [.faces, .plates])
                #expect(request.threshold == 0.25)
                #expect(request.maxResults == 7)
                #expect(request.profile == .fast)
                #expect(request.countryCode == "DE")
                #expect(!request.annotate)
                #expect(request.deadlineMS.map { (1...30_000).contains($0) } == true)
            }
            #expect(await seen.calls.count == calls.count)
        }
    }

    @Test(arguments: [
        ("0", 200), ("0.0", 200), ("1", 200), ("1e-9", 200), (".5", 200), ("-0.1", 422), ("1.5", 422), ("abc", 422),
        ("0,5", 422), ("", 422), ("NaN", 422), ("Infinity", 422),
    ])
    func thresholdMeansTheSameInEveryForm(text: String, status: Int) async throws {
        try await withGateway { box in
            let token = try await box.token(.operator)
            var calls: [(String, (String, String), ByteBuffer)] = [
                ("\(Self.persons)?threshold=\(text)", ("Content-Type", "image/jpeg"), Self.picture),
                (Self.persons, Self.formType, Self.form([("threshold", text)])),
                (Self.persons, Self.jsonType, Self.json(#""threshold":"\#(text)""#)),
            ]
            if Double(text) != nil, !text.isEmpty, text.first != ".", !["NaN", "Infinity"].contains(text) {
                calls.append((Self.persons, Self.jsonType, Self.json(#""threshold":\#(text)"#)))
            }
            for (path, type, body) in calls {
                let answer = try await box.call(.POST, path, token: token, headers: [type], body: body)
                #expect(answer.status == status, "\(type.1)")
                if status == 422 {
                    #expect(try answer.decode(Problem.self).errors?.map(\.field) == ["threshold"])
                }
            }
        }
    }

    @Test(arguments: [
        ("treshold=1", "treshold"), ("threshold=0.1&threshold=0.2", "threshold"), ("max_results=0", "max_results"),
        ("max_results=1001", "max_results"), ("profile=best", "profile"),
        ("store=x", "store"), ("save_image=maybe", "save_image"), ("save_image=true&store=none", "save_image"),
        ("camera_id=", "camera_id"),
        ("camera_id=a%00b", "camera_id"), ("captured_at=yesterday", "captured_at"), ("recognize=true", "recognize"),
        ("behavior=true", "behavior"), ("vehicles=all", "vehicles"),
        ("require_live=true", "require_live"), ("blur=faces", "blur"), ("country_code=DE", "country_code"),
        ("tasks=faces", "tasks"),
    ])
    func wrongOptionIsRefusedByName(query: String, field: String) async throws {
        try await withGateway { box in
            let token = try await box.token(.operator)
            let answer = try await box.call(.POST, "\(Self.persons)?\(query)", token: token, body: Self.picture)
            #expect(answer.status == 422)
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
        }
    }

    @Test(arguments: ["0", "-5", "abc", "600001"])
    func wrongDeadlineIsRefusedByName(value: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, Self.persons, token: try await box.token(.operator), headers: [("X-Deadline-Ms", value)],
                body: Self.picture)
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == ["X-Deadline-Ms"])
        }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var name: String
        var type: String?
        var body: ByteBuffer
        var status: Int
        var testDescription: String { name }
    }

    private static let bad = [
        Bad(name: "page", type: "text/html", body: ByteBuffer(string: "<p>"), status: 415),
        Bad(
            name: "text called a stream", type: "application/octet-stream", body: ByteBuffer(string: "hello"),
            status: 415),
        Bad(name: "no type and no picture", type: nil, body: ByteBuffer(string: "hello"), status: 415),
        Bad(name: "nothing", type: "image/jpeg", body: ByteBuffer(), status: 422),
        Bad(name: "form without the part", type: formType.1, body: form([("store", "none")], image: nil), status: 422),
        Bad(name: "part in other case", type: formType.1, body: form([("Image", "x")], image: nil), status: 422),
        Bad(name: "empty part", type: formType.1, body: form([], image: ByteBuffer()), status: 422),
        Bad(name: "two pictures", type: formType.1, body: form([("image", "x")]), status: 422),
        Bad(name: "unknown part", type: formType.1, body: form([("comment", "x")]), status: 422),
        Bad(name: "no final boundary", type: formType.1, body: ByteBuffer(string: "--BB\r\n"), status: 400),
        Bad(name: "no boundary", type: "multipart/form-data", body: form([]), status: 400),
        Bad(name: "no JSON", type: "application/json", body: ByteBuffer(string: "{"), status: 400),
        Bad(name: "JSON without the picture", type: "application/json", body: ByteBuffer(string: "{}"), status: 422),
        Bad(name: "no base64", type: "application/json", body: ByteBuffer(string: #"{"image":"?"}"#), status: 422),
        Bad(name: "an object as option", type: "application/json", body: json(#""threshold":{}"#), status: 422),
        Bad(name: "over the limit", type: "image/jpeg", body: ByteBuffer(repeating: 0xFF, count: 200_001), status: 413),
    ]

    @Test(arguments: bad)
    func badBodyHasAClearAnswer(body: Bad) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, Self.persons, token: try await box.token(.operator),
                headers: body.type.map { [("Content-Type", $0)] } ?? [], body: body.body)
            #expect(answer.status == body.status)
            #expect(answer.headers.first(name: "content-type") == "application/problem+json")
            #expect(try answer.decode(Problem.self).detail?.isEmpty == false)
        }
    }

    @Test func impossibleTimeOfACameraFallsBackToReceipt() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let answer = try await box.call(
                .POST, "\(Self.persons)?captured_at=0000:00:00%2000:00:00", token: await client.accessToken,
                body: Self.picture)
            let id = try #require(try answer.decode(AnalysisAnswer.self).id)
            let inference = try await client.inference(id)
            #expect(inference.capturedAt == inference.createdAt)
        }
    }

    @Test func storedAnswerIsFoundAgain() async throws {
        try await withGateway { box in
            let client = try await box.client()
            var settings = AnalysisSettings()
            settings.cameraID = "Cổng 2+"
            settings.capturedAt = Timestamp("2026-01-02T03:04:05.678Z")
            settings.savesPicture = true
            let answer = try await client.analyze(Self.picture, tasks: [.persons, .plates, .vehicles], settings)
            let id = try #require(answer.id)
            #expect(answer.task == "analyze")
            #expect(answer.personCount == 1)
            #expect(answer.faces == nil)
            #expect(answer.timing.decodeMS == 1.5)
            #expect(answer.timing.storeMS > 0)
            #expect(answer.processingTimeMS >= answer.timing.storeMS)

            let inference = try await client.inference(id)
            #expect(inference.detections.count == 3)
            #expect(inference.cameraID == "Cổng 2+")
            var query = DetectionQuery()
            query.task = .plates
            query.cameraID = "Cổng 2+"
            query.from = settings.capturedAt
            let page = try await client.detections(query)
            let plate = try #require(page.items.first)
            #expect(page.items.count == 1)
            #expect(plate.plateNumber == "AB123")
            #expect(plate.capturedAt == settings.capturedAt)
            #expect(plate.details.corners?.count == 4)
            #expect(plate.hasImage)
            #expect(try await client.detection(plate.id).inferenceID == id)
            for identifier in [id, plate.id] {
                let picture = try await box.call(
                    .GET, "/analytics/detections/\(identifier)/image", token: await client.accessToken)
                #expect(picture.headers.first(name: "content-type") == "image/jpeg")
                #expect(picture.body == Self.picture)
            }
        }
    }

    @Test func nothingIsStoredWhenNothingIsToBe() async throws {
        try await withGateway { box in
            let client = try await box.client()
            var settings = AnalysisSettings()
            settings.store = StoreMode.none
            let answer = try await client.detect(.persons, in: Self.picture, settings)
            #expect(answer.id == nil)
            #expect(answer.timing.storeMS == 0)
            #expect(try await client.detections().items.isEmpty)
        }
    }

    @Test func pagesFollowOneAnother() async throws {
        try await withGateway { box in
            let client = try await box.client()
            for _ in 0..<5 { _ = try await client.detect(.persons, in: Self.picture) }
            var query = DetectionQuery()
            query.limit = 2
            var ids: [UUIDv7] = []
            for try await detection in client.allDetections(query) { ids.append(detection.id) }
            #expect(ids.count == 5)
            #expect(ids == ids.sorted(by: >))
        }
    }

    @Test(arguments: [
        "limit=0", "limit=501", "task=dogs", "from=now", "min_confidence=2", "cursor=", "inference_id=1", "x=1",
    ])
    func wrongFilterIsRefusedByName(query: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .GET, "/analytics/detections?\(query)", token: try await box.token(.analyst))
            #expect(answer.status == 422)
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [String(query.prefix { $0 != "=" })])
        }
    }

    @Test(arguments: ["nonsense", "0198a3c2-51b0-7d56-9e11-2233445566bb", "%2e%2e"])
    func absentDetectionHasTheOneAnswer(id: String) async throws {
        try await withGateway { box in
            let token = try await box.token(.analyst)
            for path in ["/analytics/detections/\(id)", "/analytics/detections/\(id)/image"] {
                let answer = try await box.call(.GET, path, token: token)
                #expect(answer.status == 404)
                #expect(try answer.decode(Problem.self).detail == Problem.notFound.detail)
            }
        }
    }

    @Test func annotatedPictureComesAsOne() async throws {
        try await withGateway { box in
            let client = try await box.client()
            #expect(String(buffer: try await client.annotate(Self.picture, tasks: [.persons])) == "jpeg")
            let answer = try await box.call(
                .POST, Self.persons, token: await client.accessToken, headers: [("Accept", "image/jpeg, */*;q=0.1")],
                body: Self.picture)
            #expect(answer.headers.first(name: "content-type") == "image/jpeg")
            #expect(answer.headers.first(name: "x-aibox-inference-id").flatMap { UUIDv7($0) } != nil)
            #expect(answer.headers.first(name: "x-request-id") != nil)
        }
    }

    @Test(arguments: [
        ("image/jpeg", true), ("application/json, image/jpeg;q=0.5", false),
        ("application/json;q=0.5,image/jpeg", true),
        ("*/*", false), ("text/html,image/*", false), ("", false), ("image/jpeg;q=0", false), ("IMAGE/JPEG", true),
    ])
    func annotatedPictureIsForThoseWhoPreferIt(accept: String, isPicture: Bool) {
        #expect((PreferredAnswer(accept: accept) == .annotatedJPEG) == isPicture)
    }

    @Test func problemOfTheModelServerReachesTheClient() async throws {
        let models = GivenModels(analysis: { _, _ in
            throw Problem.unavailable("get the model", type: "/problems/model-missing", retryAfter: 60)
        })
        try await withGateway(models: models) { box in
            let answer = try await box.call(
                .POST, Self.persons, token: try await box.token(.operator), headers: [("X-Request-ID", "r1")],
                body: Self.picture)
            #expect(answer.status == 503)
            #expect(answer.headers.first(name: "retry-after") == "60")
            let problem = try answer.decode(Problem.self)
            #expect(problem.type == "/problems/model-missing")
            #expect(problem.requestID == "r1")
            #expect(problem.instance == Self.persons)
        }
    }

    @Test func healthFollowsTheServicesBehind() async throws {
        var models = GivenModels()
        models.status = .unhealthy
        try await withGateway(models: models) { box in
            let client = try await box.client()
            let health = try await client.systemHealth()
            #expect(health.status == .unhealthy)
            #expect(
                health.services == ["api_gateway": "up", "model_server": "up", "data_manager": "up", "database": "up"])
            #expect(try await box.call(.GET, "/health/ready").status == 503)
        }
        try await withGateway { box in
            let client = try await box.client()
            #expect(try await client.systemHealth().status == .healthy)
            #expect(try await box.call(.GET, "/health/ready").status == 200)
            #expect(try await client.model("nano").version == "1")
            let problem = await #expect(throws: Problem.self) { try await client.model("none") }
            #expect(problem?.status == 404)
        }
    }
}

import AIBoxAPI
import AIBoxClient
import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceClients
import ServiceHTTP
import ServiceLifecycle
import Synchronization

@testable import DataManager
@testable import Gateway

/// A model server that answers what the test says.
struct GivenModels: ModelServing {
    var analysis: @Sendable (ByteBuffer, AnalysisRequest) async throws -> AnalysisOutcome = { _, request in
        AnalysisOutcome(result: .example(request.tasks), annotated: request.annotate ? ByteBuffer(string: "jpeg") : nil)
    }
    var status = ServiceHealth.Status.healthy
    var catalogue = [ModelSummary.example("nano", "1", .ready)]
    /// What asking for the health throws.
    var failure: Problem?
    var enrolment: @Sendable (ByteBuffer, EnrolmentRequest) async throws -> EnrolmentOutcome = { _, request in
        .example(crop: request.keepCrop)
    }
    var verification: @Sendable (ByteBuffer, ByteBuffer, VerificationRequest) async throws -> VerificationAnswer = {
        .example($2.requestID)
    }
    var report = GalleryReport(
        model: "given@1", persons: 0, faces: 0, alike: [], strays: [], highestStranger: nil, outdatedFaces: 0)

    func analyze(_ picture: ByteBuffer, _ request: AnalysisRequest) async throws -> AnalysisOutcome {
        try await analysis(picture, request)
    }

    func enrol(_ picture: ByteBuffer, _ request: EnrolmentRequest) async throws -> EnrolmentOutcome {
        try await enrolment(picture, request)
    }

    func verify(
        _ picture: ByteBuffer, with other: ByteBuffer, _ request: VerificationRequest
    ) async throws -> VerificationAnswer {
        try await verification(picture, other, request)
    }

    func checkGallery(limit: Int) async throws -> GalleryReport {
        var report = report
        report.alike = Array(report.alike.prefix(limit))
        return report
    }

    func models() async throws -> [ModelSummary] {
        catalogue
    }

    func health() async throws -> ServiceHealth {
        if let failure { throw failure }
        return ServiceHealth(status: status, service: "model_server", version: "1", uptimeSeconds: 1, checks: [:])
    }
}

extension ModelSummary {
    static func example(_ name: String, _ version: String, _ state: State) -> ModelSummary {
        ModelSummary(
            name: name, version: version, task: "object_detection", state: state, licence: "Apache-2.0", bytes: 1,
            sha256: "00", serves: ["persons"])
    }
}

extension AnalysisResult {
    static func example(_ tasks: [AnalysisTask]) -> AnalysisResult {
        let box = BoundingBox(x: 1, y: 2, width: 3, height: 4)
        var result = AnalysisResult(
            models: [ModelUse(name: "nano", version: "1", engine: "onnxruntime")],
            image: ImageSize(width: 64, height: 48))
        if tasks.contains(.persons) { result.persons = [PersonItem(confidence: 0.9, boundingBox: box)] }
        if tasks.contains(.faces) { result.faces = [] }
        if tasks.contains(.vehicles) {
            result.vehicles = [VehicleItem(vehicleType: "truck", confidence: 0.8, boundingBox: box)]
        }
        if tasks.contains(.plates) {
            let corners = [[1.0, 2], [4, 2], [4, 6], [1, 6]]
            result.plates = [
                PlateItem(
                    plateNumber: "AB123", confidence: 0.7, boundingBox: box, corners: corners, characters: [],
                    candidates: [])
            ]
        }
        if tasks.contains(.poses) {
            let nose = PoseItem.Keypoint(name: "nose", x: 2, y: 3, confidence: 0.9)
            result.poses = [PoseItem(confidence: 0.6, boundingBox: box, keypoints: [nose])]
        }
        result.timing.decodeMS = 1.5
        return result
    }
}

/// A gateway on a port, with a real data manager on a new folder behind it.
struct RunningGateway: Sendable {
    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: ByteBuffer

        func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        }
    }

    static let password = "correct horse"
    static let picture = ByteBuffer(bytes: [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4])

    let port: Int
    let data: DataManager
    let gateway: Gateway
    let clock: ManualClock
    var address: String { "http://127.0.0.1:\(port)" }

    func client() async throws -> AIBoxClient {
        let client = AIBoxClient(address: address)
        try await client.login(username: "admin", password: Self.password)
        return client
    }

    /// An access token with this role. Users of other roles cannot be made yet: it is the first user's.
    func token(_ role: Role) async throws -> String {
        guard var user = try await data.credential(username: "admin")?.user else { throw Problem.notFound }
        user.role = role
        return try await gateway.sessions.open(for: user).accessToken
    }

    func call(
        _ method: HTTPMethod, _ path: String, token: String? = nil, headers: [(String, String)] = [],
        body: ByteBuffer? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: address + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = body.map { .bytes($0) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        return Answer(
            status: Int(response.status.code), headers: response.headers,
            body: try await response.body.collect(upTo: 1 << 24))
    }
}

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let now = Mutex(Int(Timestamp.now.milliseconds / 1000))

    var seconds: @Sendable () -> Int {
        { self.now.withLock { $0 } }
    }

    func advance(_ seconds: Int) { now.withLock { $0 += seconds } }
}

/// - Parameter spoolStore: what the spool is drained into instead of the data manager.
func withGateway(
    models: GivenModels = GivenModels(), maximumBody: Int = 200_000,
    spoolStore: (@Sendable (InferenceRecord, ByteBuffer?) async throws -> Void)? = nil,
    configure: (inout Gateway.Configuration) -> Void = { _ in },
    configureData: (inout DataManager.Configuration) -> Void = { _ in },
    test: (RunningGateway) async throws -> Void
) async throws {
    let folder = NSTemporaryDirectory() + "/aibox-gateway-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var dataConfiguration = DataManager.Configuration(folder: folder)
    configureData(&dataConfiguration)
    let data = try await DataManager(dataConfiguration, logger: logger)
    let clock = ManualClock()
    var configuration = Gateway.Configuration(
        internalSecret: InternalCredential.makeSecret(), metricsReaders: try AddressList())
    configuration.maxBodyBytes = maximumBody
    configuration.clock = clock.seconds
    configure(&configuration)
    let spool = try InferenceSpool(.init(folder: folder + "/spool", maximumBytes: 1 << 20), logger: logger) {
        if let spoolStore { try await spoolStore($0, $1) } else { try await data.store($0, picture: $1) }
    }
    let gateway = try await Gateway(models: models, data: data, spool: spool, configuration: configuration)
    _ = try await gateway.createFirstAdmin(password: RunningGateway.password)
    try await withService(gateway.router(), after: [data, spool], maximumBody: maximumBody) { port in
        try await test(RunningGateway(port: port, data: data, gateway: gateway, clock: clock))
    }
}

/// Runs `gateway` on a free port, after `services` and with them.
func withService(
    of gateway: Gateway, after services: [any Service], test: (_ port: Int) async throws -> Void
) async throws {
    try await withService(gateway.router(), after: services, test: test)
}

/// Serves `router` on a port, any free one for 0, while `test` runs; stops it before the `others`.
func withService<Context: ServiceRequestContext>(
    _ router: Router<Context>, after others: [any Service], port: Int = 0, maximumBody: Int = 200_000,
    test: (Int) async throws -> Void
) async throws where Context.Source == ApplicationRequestContextSource {
    let (ports, source) = AsyncStream.makeStream(of: Int.self)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let service = HTTPService(
        router: router, configuration: .init(host: "127.0.0.1", port: port, maximumBody: maximumBody), logger: logger
    ) { source.yield($0) }
    let group = ServiceGroup(services: others + [service], logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
            defer { source.finish() }
            try await group.run()
        }
        do {
            if let port = await ports.first(where: { _ in true }) { try await test(port) }
        } catch {
            await group.triggerGracefulShutdown()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

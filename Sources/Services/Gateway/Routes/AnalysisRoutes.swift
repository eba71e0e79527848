import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// A picture in, items out.
struct AnalysisRoutes: Sendable {
    let models: any ModelServing
    let data: any DataManaging
    let intake: AnalysisIntake
    /// Longest time from the whole body to the answer.
    let timeout: Duration

    func add(to users: RouterGroup<UserContext>) {
        users.post("/human-analysis/person-detection", use: handler(for: [.persons]))
        users.post("/human-analysis/face-detection", use: handler(for: [.faces]))
        users.post("/vehicle-analysis/vehicle-detection", use: handler(for: [.vehicles]))
        users.post("/vehicle-analysis/license-plate", use: handler(for: [.plates]))
        users.post("/analyze", use: handler(for: nil))
    }

    /// - Parameter tasks: `nil` lets the caller choose.
    private func handler(
        for tasks: [AnalysisTask]?
    ) -> @Sendable (Request, UserContext) async throws -> Response {
        let name = tasks?.first?.rawValue ?? "analyze"
        let meters = StageMeters(task: name)
        let known = AnalysisOptions.names(for: tasks)
        return { request, context in
            var given = Options(known: known)
            let picture = try await intake.read(request, into: &given)
            let options = try AnalysisOptions(given, tasks: tasks, headers: request.headers)
            let form = PreferredAnswer(accept: request.headers[.accept])
            let call = Call(task: name, picture: picture, options: options, form: form)
            let (answer, annotated) = try await analyze(call, context)
            meters.record(answer.timing)
            context.journal.timing = answer.timing
            return try Self.response(answer, annotated, form)
        }
    }

    private struct Call: Sendable {
        var task: String
        var picture: ByteBuffer
        var options: AnalysisOptions
        var form: PreferredAnswer
        var receivedAt = Timestamp.now
        var startedAt = ContinuousClock.now
    }

    private func analyze(_ call: Call, _ context: UserContext) async throws -> (AnalysisAnswer, ByteBuffer?) {
        let request = analysisRequest(call, context)
        var outcome = try await context.cancellingWhenClientLeaves { [models] in
            try await models.analyze(call.picture, request)
        }
        let id = call.options.isStored ? UUIDv7() : nil
        if let id { outcome.result.timing.storeMS = try await store(outcome.result, as: id, call, context) }
        let answer = AnalysisAnswer(
            id: id, requestID: context.requestID, task: call.task, result: outcome.result,
            processingTimeMS: (ContinuousClock.now - call.startedAt).milliseconds)
        return (answer, outcome.annotated)
    }

    private func analysisRequest(_ call: Call, _ context: UserContext) -> AnalysisRequest {
        let options = call.options
        var request = AnalysisRequest(tasks: options.tasks, requestID: context.requestID)
        request.threshold = options.threshold
        request.maxResults = options.maxResults
        request.profile = options.profile
        request.countryCode = options.countryCode
        request.annotate = call.form == .annotatedJPEG
        request.deadlineMS = Self.millisecondsLeft(
            timeout: timeout, sinceBody: .now - call.startedAt, deadlineMS: options.deadlineMS,
            sinceHead: context.journal.elapsed)
        return request
    }

    /// A slow sender spends its own deadline, which counts from the head, and not the server's time for the work.
    static func millisecondsLeft(
        timeout: Duration, sinceBody: Duration, deadlineMS: Int?, sinceHead: Duration
    ) -> Int {
        let ours = Int((timeout - sinceBody).milliseconds)
        let theirs = deadlineMS.map { $0 - Int(sinceHead.milliseconds) } ?? .max
        return max(1, min(ours, theirs))
    }

    /// Returns the milliseconds after which everything was on disk.
    private func store(
        _ result: AnalysisResult, as id: UUIDv7, _ call: Call, _ context: UserContext
    ) async throws -> Double {
        let record = InferenceRecord(
            id: id, requestID: context.requestID, task: call.task, result: result, options: call.options,
            receivedAt: call.receivedAt)
        let start = ContinuousClock.now
        try await data.store(record, picture: call.options.isPictureSaved ? call.picture : nil)
        return (ContinuousClock.now - start).milliseconds
    }

    private static func response(
        _ answer: AnalysisAnswer, _ annotated: ByteBuffer?, _ form: PreferredAnswer
    ) throws -> Response {
        guard form == .annotatedJPEG else { return try .json(answer) }
        guard let annotated else { throw Problem(502, "Bad Gateway", detail: "The model server drew no picture.") }
        var headers: HTTPFields = [.contentType: "image/jpeg", .xContentTypeOptions: "nosniff"]
        if let id = answer.id { headers[.inferenceID] = id.description }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: annotated))
    }
}

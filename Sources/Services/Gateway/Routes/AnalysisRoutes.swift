import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// A picture in, items out.
struct AnalysisRoutes: Sendable {
    let models: any ModelServing
    let data: any DataManaging
    let spool: InferenceSpool
    let intake: AnalysisIntake
    /// Longest time from the whole body to the answer.
    let timeout: Duration

    func add(to users: RouterGroup<UserContext>) {
        for route in AnalysisRoute.all { users.post(RouterPath(route.path), use: handler(for: route)) }
    }

    private func handler(for route: AnalysisRoute) -> @Sendable (Request, UserContext) async throws -> Response {
        let meters = StageMeters(task: route.task)
        let known = AnalysisOptions.names(for: route)
        return { request, context in
            var given = Options(known: known, objects: AnalysisOptions.objects)
            let picture = try await intake.read(request, into: &given)
            let form = PreferredAnswer(accept: request.headers[.accept])
            let options = try AnalysisOptions(given, route: route, form: form, headers: request.headers)
            let call = Call(task: route.task, picture: picture, options: options, form: form)
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
        var outcome = try await outcome(of: call, context)
        try await addKnownPlates(to: &outcome.result, fuzzy: call.options.fuzzy)
        let id = call.options.store == .none ? nil : UUIDv7()
        if let id { outcome.result.timing.storeMS = try await store(outcome.result, as: id, call, context) }
        var isForgotten = try await forgetDeletedPersons(in: &outcome.result)
        while isForgotten, outcome.annotated != nil {
            // Their names stand in the drawing, and their faces were known when others were blurred.
            var again = try await self.outcome(of: call, context)
            isForgotten = try await forgetDeletedPersons(in: &again.result)
            outcome.annotated = again.annotated
        }
        let answer = AnalysisAnswer(
            id: id, requestID: context.requestID, task: call.task, result: outcome.result,
            processingTimeMS: (ContinuousClock.now - call.startedAt).milliseconds)
        return (answer, outcome.annotated)
    }

    private func outcome(of call: Call, _ context: UserContext) async throws -> AnalysisOutcome {
        let request = analysisRequest(call, context)
        return try await context.cancellingWhenClientLeaves { [models] in
            try await models.analyze(call.picture, request)
        }
    }

    private func analysisRequest(_ call: Call, _ context: UserContext) -> AnalysisRequest {
        let options = call.options
        var request = AnalysisRequest(tasks: options.tasks, requestID: context.requestID)
        request.threshold = options.threshold
        request.maxResults = options.maxResults
        request.profile = options.profile
        request.countryCode = options.countryCode
        request.recognize = options.recognize
        request.requireLive = options.requireLive
        request.attributes = options.attributes
        request.embedding = options.embedding
        request.behavior = options.behavior
        request.classify = options.classify
        request.annotate = call.form == .annotatedJPEG
        request.blur = options.blur
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

    /// Returns the milliseconds after which everything was on disk: the data manager's, or the spool's.
    private func store(
        _ result: AnalysisResult, as id: UUIDv7, _ call: Call, _ context: UserContext
    ) async throws -> Double {
        let record = InferenceRecord(
            id: id, requestID: context.requestID, task: call.task, result: result, options: call.options,
            receivedAt: call.receivedAt)
        let picture = call.options.isPictureSaved ? call.picture : nil
        let start = ContinuousClock.now
        if call.options.store == .async {
            try await spool.append(record, picture: picture)
        } else {
            try await data.store(record, picture: picture)
        }
        return (ContinuousClock.now - start).milliseconds
    }

    private func addKnownPlates(to result: inout AnalysisResult, fuzzy: Bool) async throws {
        guard let plates = result.plates, !plates.isEmpty else { return }
        let known = try await data.matchPlates(plates.map(\.plateNumber), fuzzy: fuzzy)
        for (index, match) in zip(plates.indices, known) { result.plates?[index].known = match }
    }

    /// A person may have been deleted since the search: an answer that leaves now does not name them.
    /// Returns whether there was one.
    private func forgetDeletedPersons(in result: inout AnalysisResult) async throws -> Bool {
        let named = Set((result.faces ?? []).compactMap(\.person?.id))
        guard !named.isEmpty else { return false }
        let names = try await data.personNames(Array(named))
        for index in result.faces?.indices ?? 0..<0 {
            guard let id = result.faces?[index].person?.id else { continue }
            if let name = names[id] {
                result.faces?[index].person?.name = name
            } else {
                result.faces?[index].person = nil
            }
        }
        return names.count < named.count
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

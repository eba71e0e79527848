import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// The options of an analysis call, checked.
struct AnalysisOptions: Sendable {
    private static let common = [
        "camera_id", "device_id", "captured_at", "threshold", "max_results", "profile", "store", "save_image",
        "attributes", "require_live", "blur",
    ]
    private static let longestDeadline = 600_000

    let tasks: [AnalysisTask]
    let threshold: Double?
    let maxResults: Int
    let profile: AnalysisProfile
    let countryCode: String?
    let cameraID: String?
    let deviceID: String?
    let capturedAt: Timestamp?
    let isStored: Bool
    let isPictureSaved: Bool
    /// Milliseconds from the head of the request on.
    let deadlineMS: Int?

    /// The options that a route for these tasks takes; `nil` means that the caller names the tasks.
    static func names(for tasks: [AnalysisTask]?) -> [String] {
        guard let tasks else { return common + ["country_code", "tasks"] }
        return tasks.contains(.plates) ? common + ["country_code"] : common
    }

    /// - Parameter tasks: of the route; `nil` takes the option `tasks`.
    /// - Throws: `Problem` 422 naming every option that is wrong.
    init(_ given: Options, tasks: [AnalysisTask]?, headers: HTTPFields) throws(Problem) {
        var options = given
        self.tasks = tasks ?? Self.tasks(&options)
        threshold = options.number("threshold", in: 0...1)
        maxResults = options.integer("max_results", in: 1...1000) ?? 100
        profile = options.choice("profile") ?? .balanced
        countryCode = Self.countryCode(&options)
        cameraID = options.text("camera_id")
        deviceID = options.text("device_id")
        capturedAt = options.cameraTime("captured_at")
        let store = options.choice("store", of: StoreMode.self) ?? .sync
        if store == .async { options.report("store", "async is not available in this version; use sync or none") }
        isStored = store != .none
        isPictureSaved = options.flag("save_image") ?? false
        if isPictureSaved, !isStored { options.report("save_image", "cannot be true with store=none") }
        deadlineMS = Self.deadline(headers, &options)
        Self.refuseLaterOptions(&options)
        try options.check()
    }

    private static func tasks(_ options: inout Options) -> [AnalysisTask] {
        if !options.isGiven("tasks") {
            options.report("tasks", "is missing; give names with commas between, e.g. tasks=vehicles,plates")
        }
        return options.choices("tasks") ?? []
    }

    private static func countryCode(_ options: inout Options) -> String? {
        guard let text = options.text("country_code") else { return nil }
        guard text.utf8.count == 2, text.utf8.allSatisfy({ (65...90).contains($0 & 0xDF) }) else {
            options.report("country_code", "must be two letters (ISO 3166-1 alpha-2), e.g. DE")
            return nil
        }
        return text.uppercased()
    }

    private static func deadline(_ headers: HTTPFields, _ options: inout Options) -> Int? {
        guard let text = headers[.deadline] else { return nil }
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text),
            (1...longestDeadline).contains(value)
        else {
            options.report("X-Deadline-Ms", "must be a whole number from 1 to \(longestDeadline)")
            return nil
        }
        return value
    }

    /// Options that the API knows and this version does not have: asking for one is an error, `false` is not.
    private static func refuseLaterOptions(_ options: inout Options) {
        for name in ["attributes", "require_live"] where options.flag(name) == true {
            options.report(name, "is not available in this version")
        }
        if options.isGiven("blur") { options.report("blur", "is not available in this version") }
    }
}

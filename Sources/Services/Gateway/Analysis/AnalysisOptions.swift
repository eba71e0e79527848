import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// The options of an analysis call, checked.
struct AnalysisOptions: Sendable {
    private static let common = [
        "camera_id", "device_id", "captured_at", "threshold", "max_results", "profile", "store", "save_image", "blur",
        "metadata",
    ]
    /// The options that are JSON objects.
    static let objects: Set = ["metadata"]

    let tasks: [AnalysisTask]
    let threshold: Double?
    let maxResults: Int
    let profile: AnalysisProfile
    let countryCode: String?
    let cameraID: String?
    let deviceID: String?
    let capturedAt: Timestamp?
    let store: StoreMode
    let isPictureSaved: Bool
    /// Stored with the inference.
    let metadata: [String: JSONValue]?
    let blur: PrivacyBlur?
    let recognize: Bool
    let requireLive: Bool
    let attributes: Bool
    let embedding: Bool
    let behavior: Bool
    let classify: ClassifiedVehicles?
    /// Known plates are also matched when easily confused characters differ.
    let fuzzy: Bool
    /// Milliseconds from the head of the request on.
    let deadlineMS: Int?

    /// The options that a route takes.
    static func names(for route: AnalysisRoute) -> [String] {
        guard let tasks = route.tasks else {
            return common + [
                "tasks", "country_code", "fuzzy", "attributes", "embedding", "behavior", "recognize", "require_live",
            ]
        }
        var names = common
        if tasks == [.persons] { names += ["attributes", "embedding"] }
        if tasks == [.plates] { names += ["country_code", "fuzzy"] }
        if route.feature == .recognition { names.append("require_live") }
        if route.feature == .classification { names.append("vehicles") }
        return names
    }

    /// - Throws: `Problem` 422 naming every option that is wrong.
    init(_ given: Options, route: AnalysisRoute, form: PreferredAnswer, headers: HTTPFields) throws(Problem) {
        var options = given
        tasks = route.tasks ?? Self.tasks(&options)
        threshold = options.number("threshold", in: 0...1)
        maxResults = options.integer("max_results", in: 1...1000) ?? 100
        profile = options.choice("profile") ?? .balanced
        countryCode = Self.countryCode(&options)
        cameraID = options.text("camera_id")
        deviceID = options.text("device_id")
        capturedAt = options.cameraTime("captured_at")
        store = options.choice("store") ?? .sync
        isPictureSaved = options.flag("save_image") ?? false
        if isPictureSaved, store == .none { options.report("save_image", "cannot be true with store=none") }
        metadata = options.object("metadata")
        if let fault = metadata.flatMap({ MetadataRules.inference.faults(in: $0).first }) {
            options.report("metadata", fault)
        }
        if metadata != nil, store == .none { options.report("metadata", "cannot be given with store=none") }
        recognize = options.flag("recognize") ?? (route.feature == .recognition)
        requireLive = options.flag("require_live") ?? false
        if requireLive, !recognize { options.report("require_live", "needs recognize=true") }
        attributes = options.flag("attributes") ?? false
        embedding = options.flag("embedding") ?? false
        behavior = options.flag("behavior") ?? (route.feature == .behavior)
        let furthers = [
            ("recognize", recognize, AnalysisTask.faces), ("attributes", attributes, .persons),
            ("embedding", embedding, .persons), ("behavior", behavior, .persons),
        ]
        for (name, isWanted, task) in furthers where isWanted && options.isGiven("tasks") && !tasks.contains(task) {
            options.report(name, "needs \(task.rawValue) among the tasks")
        }
        classify = route.feature == .classification ? options.choice("vehicles") ?? .largest : nil
        fuzzy = options.flag("fuzzy") ?? false
        blur = Self.blur(&options, form, isPictureSaved: isPictureSaved)
        if blur == .unknownFaces, !recognize {
            options.report("blur", "needs to know the faces; use /human-analysis/face-recognition or recognize=true")
        }
        deadlineMS = options.deadline(headers)
        try options.check()
    }

    /// Blurring is for the picture that is returned, so that one must be.
    private static func blur(
        _ options: inout Options, _ form: PreferredAnswer, isPictureSaved: Bool
    ) -> PrivacyBlur? {
        guard let blur = options.choice("blur", of: PrivacyBlur.self) else { return nil }
        if form != .annotatedJPEG {
            options.report("blur", "changes the returned picture; ask for it with Accept: image/jpeg")
        }
        if isPictureSaved { options.report("blur", "would keep the picture as it was sent; use save_image=false") }
        return blur
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
}

import AIBoxAPI
import Foundation
import NIOCore
import NIOFoundationCompat

/// How a picture is analysed, beyond what to look for; see `api/openapi.yaml` for each option.
public struct AnalysisSettings: Sendable {
    public var threshold: Double?
    public var maxResults: Int?
    public var profile: AnalysisProfile?
    public var countryCode: String?
    public var cameraID: String?
    public var deviceID: String?
    public var capturedAt: Timestamp?
    public var store: StoreMode?
    public var savesPicture = false
    /// Stored with the analysis, given back with it, and found by the filter `metadata` of a `DetectionQuery`.
    public var metadata: [String: JSONValue]?
    /// Of a picture that is returned (``AIBoxClient/annotate(_:tasks:_:)``), what is made unrecognisable.
    public var blur: PrivacyBlur?
    /// What persons wear and carry.
    public var attributes: Bool?
    /// What persons do; for ``AIBoxClient/analyze(_:tasks:_:)``.
    public var behavior: Bool?
    /// A re-identification vector for each person.
    public var embedding: Bool?
    /// Look faces up in the gallery; for ``AIBoxClient/analyze(_:tasks:_:)``.
    public var recognize: Bool?
    /// A face that is not that of a living person is nobody.
    public var requireLive: Bool?
    /// Known plates also match when characters differ that are easily confused.
    public var fuzzy: Bool?
    /// Time within which the answer is of use.
    public var deadline: Duration?

    public init() {}

    fileprivate var query: [(name: String, value: String)] {
        let values: [(String, String?)] = [
            ("threshold", threshold.map { "\($0)" }), ("max_results", maxResults.map { "\($0)" }),
            ("profile", profile?.rawValue), ("country_code", countryCode), ("camera_id", cameraID),
            ("device_id", deviceID), ("captured_at", capturedAt?.description), ("store", store?.rawValue),
            ("save_image", savesPicture ? "true" : nil), ("blur", blur?.rawValue),
            ("attributes", attributes.map(String.init)), ("behavior", behavior.map(String.init)),
            ("embedding", embedding.map(String.init)), ("recognize", recognize.map(String.init)),
            ("require_live", requireLive.map(String.init)), ("fuzzy", fuzzy.map(String.init)),
        ]
        return values.compactMap { name, value in value.map { (name, $0) } }
    }
}

extension AIBoxClient {
    /// Looks for several kinds of item in one encoded picture.
    public func analyze(
        _ picture: ByteBuffer, tasks: [AnalysisTask], _ settings: AnalysisSettings = AnalysisSettings()
    ) async throws -> AnalysisAnswer {
        try decode(try await send(Self.call("/analyze", picture, tasks, settings)))
    }

    /// Looks for one kind of item, by the route of that task.
    public func detect(
        _ task: AnalysisTask, in picture: ByteBuffer, _ settings: AnalysisSettings = AnalysisSettings()
    ) async throws -> AnalysisAnswer {
        try decode(try await send(Self.call(Self.path(of: task), picture, [], settings)))
    }

    /// Whose faces a picture shows: each of `faces` has a `person`, or `nil` for a stranger.
    public func recognize(
        _ picture: ByteBuffer, _ settings: AnalysisSettings = AnalysisSettings()
    ) async throws -> AnalysisAnswer {
        try decode(try await send(Self.call("/human-analysis/face-recognition", picture, [], settings)))
    }

    /// What the persons of a picture do: each of `persons` has a `behavior`.
    public func analyzeBehavior(
        in picture: ByteBuffer, _ settings: AnalysisSettings = AnalysisSettings()
    ) async throws -> AnalysisAnswer {
        try decode(try await send(Self.call("/human-analysis/behavior-analysis", picture, [], settings)))
    }

    /// Kind and colour of the largest vehicle, or of the whole picture when none is found in it; or of every vehicle.
    public func classifyVehicles(
        in picture: ByteBuffer, _ which: ClassifiedVehicles = .largest,
        _ settings: AnalysisSettings = AnalysisSettings()
    ) async throws -> AnalysisAnswer {
        var call = try Self.call("/vehicle-analysis/vehicle-classification", picture, [], settings)
        call.query.append(("vehicles", which.rawValue))
        return try decode(try await send(call))
    }

    /// As `analyze`, answered with the picture with the findings drawn on it: a JPEG.
    public func annotate(
        _ picture: ByteBuffer, tasks: [AnalysisTask], _ settings: AnalysisSettings = AnalysisSettings()
    ) async throws -> ByteBuffer {
        var call = try Self.call("/analyze", picture, tasks, settings)
        call.headers.add(name: "Accept", value: "image/jpeg")
        return try await send(call)
    }

    private static func path(of task: AnalysisTask) -> String {
        switch task {
        case .persons: "/human-analysis/person-detection"
        case .faces: "/human-analysis/face-detection"
        case .vehicles: "/vehicle-analysis/vehicle-detection"
        case .plates: "/vehicle-analysis/license-plate"
        case .poses: "/human-analysis/pose-estimation"
        }
    }

    private static func call(
        _ path: String, _ picture: ByteBuffer, _ tasks: [AnalysisTask], _ settings: AnalysisSettings
    ) throws -> Call {
        var call = Call(.POST, path)
        call.query = settings.query
        if !tasks.isEmpty { call.query.append(("tasks", tasks.map(\.rawValue).joined(separator: ","))) }
        if let deadline = settings.deadline {
            call.headers.add(name: "X-Deadline-Ms", value: String(Int(deadline / .milliseconds(1))))
        }
        if let metadata = settings.metadata {
            let json = ByteBuffer(data: try JSONEncoder().encode(metadata))
            call.attach([("image", picture), ("metadata", json)])
        } else {
            call.headers.add(name: "Content-Type", value: "application/octet-stream")
            call.body = picture
        }
        return call
    }
}

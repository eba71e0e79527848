import AIBoxAPI
import Pipelines
import Vision

/// Why a face cannot join the gallery. Each reason says what to do about it.
enum FaceRefusal: String, Sendable {
    case none = "no-face"
    case several = "several-faces"
    case small = "face-too-small"
    case blurred = "face-blurred"
    case turned = "face-turned"
    case badlyLit = "face-badly-lit"
    case notLive = "face-not-live"

    private var message: String {
        switch self {
        case .none: "shows no face; send a picture that shows the face from the front, at least 60 pixels wide"
        case .several: "shows several faces; cut out the one that is meant"
        case .small: "shows a face that is too small; it must be at least \(Int(FaceUse.smallestSide)) pixels a side"
        case .blurred: "shows a face that is too blurred; send one in focus"
        case .turned: "shows a face that is turned away; send one that looks at the camera"
        case .badlyLit: "shows a face that is too dark, too bright or without contrast; send a better lit one"
        case .notLive: "shows the picture of a face (a print or a screen); let the person stand before the camera"
        }
    }

    /// 422 with the reason as the problem's type.
    func problem(field: String = "image") -> Problem {
        var problem = Problem.invalid(field, message)
        problem.type = "/problems/\(rawValue)"
        return problem
    }
}

/// Chooses the face of a picture that is meant. docs/decisions/0016 has the measurements behind the numbers.
enum FaceUse {
    /// Pixels.
    static let smallestSide: Float = 40
    /// Faces of less than this share of the largest one's side are passers-by.
    private static let bystander: Float = 0.6
    private static let leastSharpness: Float = 0.25
    private static let leastPose: Float = 0.15
    private static let leastExposure: Float = 0.3

    /// The one usable face.
    /// - Parameter requireLive: refuse prints and screens.
    static func enrollable(_ faces: [Face], requireLive: Bool) -> Result<Face, FaceRefusal> {
        guard let face = largest(faces) else { return .failure(.none) }
        let rivals = faces.filter { $0.side >= face.side * bystander }
        if rivals.count > 1 { return .failure(.several) }
        if min(face.detection.box.width, face.detection.box.height) < smallestSide { return .failure(.small) }
        // What is badly lit has no sharp edges either: only in good light does their absence tell of focus.
        if face.quality.exposure < leastExposure { return .failure(.badlyLit) }
        if face.quality.sharpness < leastSharpness { return .failure(.blurred) }
        if face.quality.pose < leastPose || face.templates.isEmpty { return .failure(.turned) }
        if requireLive, face.liveness?.isLive != true { return .failure(.notLive) }
        return .success(face)
    }

    static func largest(_ faces: [Face]) -> Face? { faces.max { $0.side < $1.side } }
}

extension FaceRefusal: Error {}

extension Face {
    fileprivate var side: Float { max(detection.box.width, detection.box.height) }
}

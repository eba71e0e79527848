/// The models behind faces. All but the detector may be absent; what needs them says so.
struct FaceModels: Sendable {
    var detector: Detector
    /// Finds five points where the detector gives others.
    var landmarks: FaceLandmarks?
    /// The present embedding model first, then those whose templates are still about.
    var embedders: [CropEmbedder]
    /// Whether a face is alive is the mean of what these say.
    var liveness: [CropClassifier]
}

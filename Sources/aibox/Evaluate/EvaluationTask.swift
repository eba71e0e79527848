import Evaluation
import ModelCatalog
import Pipelines

/// What `aibox evaluate` can measure.
enum EvaluationTask: String, CaseIterable {
    case persons, vehicles, attributes, faces
    case facePairs = "face-pairs"
    case faceSearch = "face-search"
    case reid, plates, poses, behavior, liveness

    /// Scores down to here are gathered, so that the curve of precision and recall is whole.
    private static let leastScore: Float = 0.01

    /// The tasks that a kind of label serves.
    static func tasks(of dataset: Dataset) -> [EvaluationTask] {
        switch dataset.format {
        case .yolo, .coco: [.persons, .vehicles]
        case .pairs: [.faces, .facePairs, .faceSearch, .liveness]
        case .plates: [.plates]
        case .pose: [.persons, .poses]
        case .liveness: [.liveness]
        case .attributes: dataset.attributeKeys.contains("posture") ? [.behavior, .attributes] : [.attributes]
        }
    }

    /// Whether the labels tell anything about the task.
    func isLabelled(in dataset: Dataset) -> Bool {
        switch (dataset.format, self) {
        case (.coco, .poses), (.coco, .faces), (.pairs, .reid): true
        case (.attributes, .persons), (.attributes, .vehicles), (.attributes, .faces): true
        default: Self.tasks(of: dataset).contains(self)
        }
    }

    /// What the pipelines are asked for.
    func options(_ dataset: Dataset, profile: ModelProfile) -> AnalysisOptions {
        var options = AnalysisOptions(tasks: served(dataset), profile: profile)
        switch self {
        case .persons, .vehicles: options.threshold = Self.leastScore
        case .faces where dataset.format != .pairs: options.threshold = Self.leastScore
        case .poses:
            // COCO counts the 20 best poses of a picture.
            options.threshold = 0.05
            options.maximumResults = 20
        case .behavior: options.behaviour = true
        default: break
        }
        return options
    }

    /// The tasks of the product that stand behind it.
    func served(_ dataset: Dataset) -> Set<ServedTask> {
        switch self {
        case .persons, .behavior: [.persons]
        case .vehicles: [.vehicles]
        case .attributes: dataset.attributeKeys.contains("colour") ? [.vehicles] : [.persons, .attributes]
        case .faces: [.faces]
        case .facePairs, .faceSearch, .liveness: [.faces, .recognition]
        case .reid: [.reidentification]
        case .plates: [.plates]
        case .poses: [.poses]
        }
    }

    /// The figures of finished cases.
    /// - Parameter score: the default threshold of the model.
    func report(_ input: EvaluationInput, score: Double, cosine: Double?) -> EvaluationReport {
        switch self {
        case .persons: input.detection(task: rawValue, categories: ["person"], score: score)
        case .vehicles:
            input.detection(
                task: rawValue, categories: ["car", "truck", "bus", "motorcycle", "bicycle"], score: score)
        case .faces:
            input.dataset.format == .pairs
                ? input.facesFound() : input.detection(task: rawValue, categories: ["face"], score: score)
        case .facePairs: input.facePairs(threshold: cosine)
        case .faceSearch: input.faceSearch()
        case .reid: input.reIdentification()
        case .plates: input.plates()
        case .poses: input.poses(score: score)
        case .behavior: input.attributes(task: rawValue, keys: ["posture", "hands_raised"])
        case .attributes:
            input.attributes(
                task: rawValue, keys: input.dataset.attributeKeys.filter(Self.answered.contains),
                unlabelled: ["unknown", "other"])
        case .liveness: input.liveness()
        }
    }

    /// Those of the label tables that the product answers.
    private static let answered: Set<String> = [
        "bag", "backpack", "hat", "long_sleeves", "long_trousers", "long_hair", "coat_jacket", "colour", "type",
    ]
}

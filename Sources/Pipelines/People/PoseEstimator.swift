import Foundation
import Imaging
import ModelCatalog
import Vision

/// Seventeen points of a body, from a model that looks at one person at a time.
struct PoseEstimator: PipelineModel {
    private let crops: CropModel
    private let decoder: PoseDecoder

    init(_ model: LoadedModel) throws(PipelineError) {
        crops = try CropModel(model)
        decoder = try PoseDecoder(model.entry)
    }

    var model: LoadedModel { crops.model }

    func rehearse() async throws {
        let (decoder, layout) = (decoder, crops.layout)
        try await crops.rehearse { outputs in
            _ = try decoder.pose(in: outputs, inputWidth: layout.width, inputHeight: layout.height)
        }
    }

    /// The pose of the person in a box, in pixels of the picture; `nil` when the model sees none.
    func pose(
        of box: Rectangle, in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<Pose?> {
        let side = max(box.width, box.height) * (decoder == .blazePose ? Self.uprightScale : crops.scale)
        let map = CropMap(turnedSquare: box.centre, side: side, input: crops.layout.width)
        let crop = crops.mask.map { Crop(map, maskedTo: box.grown(by: $0)) } ?? Crop(map, border: crops.border)
        return try await pose(in: crop, of: picture, deadline: deadline)
    }

    /// The pose of a person whom MediaPipe's pose detector found: `points` are the middle of the hips and a point on
    /// the circle around the whole body, which say how the person stands.
    func pose(
        standingAs points: [Point], in picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<Pose?> {
        let (hips, circle) = (points[0], points[1])
        let map = CropMap(
            turnedSquare: hips, side: 2 * hips.distance(to: circle) * crops.scale,
            rotation: Self.rotation(from: hips, to: circle), input: crops.layout.width)
        return try await pose(in: Crop(map, border: crops.border), of: picture, deadline: deadline)
    }

    /// The angle between the line from the hips to the head and straight up, clockwise as seen.
    private static func rotation(from hips: Point, to head: Point) -> Float {
        atan2(head.x - hips.x, hips.y - head.y)
    }

    /// BlazePose was trained on wider squares than a plain person box gives.
    private static let uprightScale: Float = 1.75

    private func pose(
        in crop: Crop, of picture: Picture, deadline: ContinuousClock.Instant?
    ) async throws -> Timed<Pose?> {
        let (decoder, layout) = (decoder, crops.layout)
        return try await crops.infer(crop, of: picture, deadline: deadline) { outputs in
            let pose = try decoder.pose(in: outputs, inputWidth: layout.width, inputHeight: layout.height)
            return (pose.presence ?? 1) > 0.5 ? pose.mapped(crop.picturePoint) : nil
        }
    }
}

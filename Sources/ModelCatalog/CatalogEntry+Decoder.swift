extension CatalogEntry {
    /// How outputs become detections, text or vectors; each kind reads the parameters that it needs.
    public struct Decoder: Codable, Hashable, Sendable {
        public enum Kind: String, CatalogName {
            /// Boxes and five points from BlazeFace anchors, weighted suppression.
            case blazeface
            case blazepose
            /// Softmaxed or sigmoid class scores.
            case classifier
            /// Greedy CTC over `alphabet`, blank at 0.
            case ctcText = "ctc_text"
            /// Text regions from a probability map (differentiable binarisation).
            case dbText = "db_text"
            /// Finished boxes, no suppression.
            case detr
            case embedding
            case facemesh
            case lpdYunet = "lpd_yunet"
            case movenet
            case nanodetPlus = "nanodet_plus"
            /// x, y pairs in 0–1 of the crop.
            case points
            case retinaPlate = "retina_plate"
            case scrfd
            /// One character per slot.
            case slotText = "slot_text"
            case yolov5
            case yolov8
            case yolov8Face = "yolov8_face"
            case yolov8Pose = "yolov8_pose"
            case yolox
            case yunet
        }

        public var kind: Kind
        /// Pixels between neighbouring cells, per feature map.
        public var strides: [Int]?
        /// Bins of each side's distribution.
        public var bins: Int?
        /// Anchors per cell, per stride.
        public var anchors: [Int]?
        /// Anchor sides in input pixels, per stride.
        public var minSizes: [[Double]]?
        /// Factors of centre and size offsets.
        public var variances: [Double]?
        /// Characters in the order of the output's classes.
        public var alphabet: String?
        /// Where the alphabet lies when it is in the model file: a key of its metadata, a character a line.
        public var alphabetMetadata: String?
        /// Slots of a slot-wise reader.
        public var slots: Int?
        /// The character of an empty slot.
        public var padding: String?
        /// Points per detection.
        public var points: Int?
        /// Length of an embedding.
        public var dimensions: Int?
        /// Name of the output that `labels` describe, where a model has several.
        public var output: String?
        /// Named outputs beside `output`, with what their values mean.
        public var furtherOutputs: [Output]?
        /// Name of a second input (int64, width and height of the picture).
        public var sizeInput: String?
        /// Number that keypoint coordinates are to be divided by.
        public var keypointScale: Double?
        /// Probability from which a pixel of a map is foreground.
        public var binarisation: Double?
        /// Growth of a region: area × this / perimeter.
        public var unclip: Double?

        enum CodingKeys: String, CodingKey {
            case kind, strides, bins, anchors, variances, alphabet, slots, padding, points, dimensions, output
            case binarisation, unclip
            case minSizes = "min_sizes"
            case alphabetMetadata = "alphabet_metadata"
            case furtherOutputs = "further_outputs"
            case sizeInput = "size_input"
            case keypointScale = "keypoint_scale"
        }
    }
}

extension CatalogEntry.Decoder {
    public struct Output: Codable, Hashable, Sendable {
        public var name: String
        public var labels: [String]
    }
}

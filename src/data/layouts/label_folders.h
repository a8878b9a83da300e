#pragma once

#include <filesystem>
#include <vector>

#include "data/data_set.h"

namespace bcnet::data {

/// nnU-Net's raw data (https://github.com/MIC-DKFZ/nnUNet): imagesTr/CASE_0000.png with
/// labelsTr/CASE.png, and as "test" imagesTs/ with labelsTs/ where these are there. None for a
/// folder that is not laid out so. Surveys throw Error(data) for images in several channels.
std::vector<DataSet::Part> nnunet_parts(const std::filesystem::path& root,
                                        const std::filesystem::path& folder);

/// Pascal VOC's segmentation, which CVAT and others write too: JPEGImages/, SegmentationClass/, and
/// in ImageSets/Segmentation/ a list of stems for each split. Without lists it is the whole, and
/// "trainval" is none where "train" is there. None for a folder that is not laid out so.
std::vector<DataSet::Part> voc_parts(const std::filesystem::path& root,
                                     const std::filesystem::path& folder);

}  // namespace bcnet::data

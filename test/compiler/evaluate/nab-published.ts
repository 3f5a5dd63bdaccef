/**
 * What numenta/NAB published of its own detector (results/numenta, MIT licence, commit ea702d7), for the data files of realKnownCause: where the
 * anomaly windows are (labels/combined_windows.json, as row numbers), the rows behind the probation whose score is at or above the threshold
 * of the profiles standard and reward_low_FN_rate (0.5422), those of them that fall below that of reward_low_FP_rate (0.5752), and the
 * scores of the file in the profiles standard, reward_low_FP_rate and reward_low_FN_rate.
 */
export const published = [
  {
    file: 'ambient_temperature_system_failure.csv',
    rows: 7267,
    windows: [
      [3540, 3903],
      [5999, 6362],
    ],
    detections: [1131, 1209, 1800, 1820, 1825, 3697, 3698, 3752, 5058],
    belowLowFp: [1131, 1209, 1825],
    scores: [-0.758599859273, -0.758599859273, -1.75859985927],
  },
  {
    file: 'cpu_utilization_asg_misconfiguration.csv',
    rows: 18050,
    windows: [[16551, 18050]],
    detections: [
      817, 2832, 4596, 5952, 8230, 8261, 8266, 9160, 10137, 10882, 14026, 17000, 17047, 17060, 17087, 17115, 17131, 17139, 17153,
      17159, 17197, 17279, 17319, 17335, 17444, 17445, 17617, 17631, 17796, 17844, 17886,
    ],
    belowLowFp: [8261, 17115],
    scores: [-0.255718003788, -1.24571800379, -0.255718003788],
  },
  {
    file: 'ec2_request_latency_system_failure.csv',
    rows: 4032,
    windows: [
      [2014, 2149],
      [3328, 3463],
      [3956, 4032],
    ],
    detections: [833, 934, 1296, 2081, 2082, 3391, 3394, 3395, 4023, 4024],
    belowLowFp: [],
    scores: [1.70586905384, 1.37586905384, 1.70586905384],
  },
  {
    file: 'machine_temperature_system_failure.csv',
    rows: 22695,
    windows: [
      [2126, 2693],
      [3703, 4270],
      [16057, 16624],
      [19232, 19799],
    ],
    detections: [2147, 2173, 2405, 3969, 7170, 9703, 14558, 14560, 16219, 16699],
    belowLowFp: [2405, 14558, 14560],
    scores: [1.36013273774, 1.32453417071, 0.360132737738],
  },
  {
    file: 'nyc_taxi.csv',
    rows: 10320,
    windows: [
      [5839, 6046],
      [7080, 7287],
      [8423, 8630],
      [8731, 8938],
      [9977, 10184],
    ],
    detections: [3262, 5928, 5954, 5955, 8523, 8834, 10063, 10107],
    belowLowFp: [],
    scores: [2.43572773247, 2.32572773247, 1.43572773247],
  },
  {
    file: 'rogue_agent_key_hold.csv',
    rows: 1882,
    windows: [
      [669, 764],
      [1240, 1335],
    ],
    detections: [333, 432, 1331],
    belowLowFp: [],
    scores: [-1.11370102385, -1.33370102385, -2.11370102385],
  },
  {
    file: 'rogue_agent_key_updown.csv',
    rows: 5315,
    windows: [
      [2243, 2508],
      [2877, 3142],
    ],
    detections: [1148, 1149, 1172, 2467, 2516, 4401, 4426, 5147],
    belowLowFp: [],
    scores: [-1.29575982814, -1.96511219487, -2.29575982814],
  },
] as const;

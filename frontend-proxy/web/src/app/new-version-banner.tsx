/** Says so when the shop was deployed anew since this tab was loaded. */

import { useQuery } from '@tanstack/react-query';
import Button from 'react-bootstrap/Button';
import { request } from '../api/client';
import { text } from '../strings';

interface Version {
  version: string;
  commit: string;
}

/** Besides each time somebody comes back to the tab. */
const ASK_EVERY_MS = 5 * 60_000;

export function NewVersionBanner() {
  const { data: served } = useQuery({
    queryKey: ['version'],
    queryFn: () => request<Version>('GET', '/version.json'),
    refetchInterval: ASK_EVERY_MS,
  });
  const isSame = served?.version === __VERSION__ && served.commit === __COMMIT__;
  if (!served || isSame) return null;
  return (
    <div className="banner banner-quiet">
      <p>{text.newVersion.told}</p>
      <Button size="sm" onClick={() => window.location.reload()}>
        {text.newVersion.reload}
      </Button>
    </div>
  );
}

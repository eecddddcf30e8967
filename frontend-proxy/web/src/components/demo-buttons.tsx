/** Signs in as a demo account with one click. */

import { useMutation } from '@tanstack/react-query';
import Button from 'react-bootstrap/Button';
import { isStatus, sentenceOf } from '../api/errors';
import { type DemoPart, logInAsDemo } from '../api/session';
import { text } from '../strings';
import { InlineAlert } from './inline-alert';

export function DemoButtons({ onSignedIn }: { onSignedIn: (part: DemoPart) => Promise<void> }) {
  const login = useMutation({
    mutationFn: async (part: DemoPart) => {
      await logInAsDemo(part);
      await onSignedIn(part);
    },
  });
  const button = (part: DemoPart) => (
    <Button variant="outline-primary" disabled={login.isPending} onClick={() => login.mutate(part)}>
      {text.demo[part]}
    </Button>
  );

  return (
    <>
      <div className="demo-buttons">
        {button('buyer')}
        {button('seller')}
      </div>
      {login.isError && (
        <InlineAlert>
          {isStatus(login.error, 404) ? text.demo.off : sentenceOf(login.error)}
        </InlineAlert>
      )}
    </>
  );
}
